/** A whole gateway with a real OpenBao (`scripts/setup/openbao.mjs`); the broker whose users OpenBao makes is a double. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { describeWithOpenbao } from "../support/vault/openbao.ts";
import { startVaultRoom, type VaultRoom } from "../support/vault/vault-room.ts";

describeWithOpenbao("a gateway whose secrets Vault keeps and makes", () => {
  let vault: VaultRoom;
  let upstream: RecordingUpstream;
  let gateway: TestGateway;
  const folder = mkdtempSync(join(tmpdir(), "vault-"));

  beforeAll(async () => {
    [vault, upstream] = await Promise.all([startVaultRoom(), recordingUpstream()]);
    const { approle, secrets, bao } = vault;
    await bao.admin("POST", "sys/mounts/transit", { type: "transit" });
    await bao.admin("POST", "transit/keys/calls", { type: "ecdsa-p256" });
    if (approle.method !== "approle") throw new Error("the room signs in with an AppRole");
    writeFileSync(join(folder, "secret-id"), secrets.get(approle.secretIdReference ?? "") ?? "");
    gateway = await startGateway({
      routes: [
        paymentsRoute(upstream.origin, { id: "kept", prefix: "/kept", credential: "crm" }),
        paymentsRoute(upstream.origin, { id: "made", prefix: "/made", credential: "broker" }),
        paymentsRoute(upstream.origin, { id: "signed", prefix: "/signed", credential: "jwt" }),
      ],
      config: {
        vaults: {
          main: {
            address: bao.address,
            allow_addresses: ["loopback"],
            timeout: "20s",
            auth: { method: "approle", role_id: approle.roleId, secret_id: `file:${folder}/secret-id` },
          },
        },
        credentials: {
          jwt: { provider: "signed_jwt", key: { vault: "main", name: "calls", refresh: "1s", lead: "0s" } },
          crm: { provider: "vault", vault: "main", kv: { path: "crm/prod" }, template: "{api_key}", prefix: "Bearer " },
          broker: {
            provider: "vault",
            vault: "main",
            dynamic: { path: "rabbitmq/creds/reader" },
            template: "{username}:{password}",
            encode: "base64",
            prefix: "Basic ",
          },
        },
      },
    });
  });
  afterAll(async () => {
    for (const one of [gateway, upstream, vault]) await one?.close();
    rmSync(folder, { recursive: true });
  });

  async function call(prefix: string, session: string): Promise<Response> {
    const token = gateway.token({ sub: "refund-bot", role: "refunds", session }, prefix);
    return fetch(`${gateway.agents}${prefix}/v1/orders/o-881`, { headers: { authorization: `Bearer ${token}` } });
  }

  const sent = (): string =>
    upstream.requests.at(-1)?.headers.find(([name]) => name === "authorization")?.[1] ?? "nothing";
  const userSent = (): string => Buffer.from(sent().slice("Basic ".length), "base64").toString().split(":")[0] ?? "";

  test("sends what Vault keeps, and nothing of it comes back", async () => {
    upstream.answerWith((_req, res) =>
      res.setHeader("content-type", "application/json").end(JSON.stringify({ said: sent() })),
    );
    const answer = await call("/kept", "s_1");
    expect([answer.status, sent()]).toEqual([200, "Bearer first-key-of-crm"]);
    expect(await answer.text()).not.toContain("first-key");
  });

  test("has Vault make a user for each session, and revoke it when the session's access ends", async () => {
    expect((await call("/made", "s_gone")).status).toBe(200);
    const gone = userSent();
    await call("/made", "s_stays");
    const stays = userSent();
    expect([vault.broker.users.has(gone), vault.broker.users.has(stays), gone === stays]).toEqual([true, true, false]);
    const approver = await gateway.approver();
    const revoked = await approver.post("/api/revocations", {
      kind: "session",
      target: "s_gone",
      reason: "of the test",
    });
    expect(revoked).toMatchObject({ matched: { credentials: 1 } });
    await eventually("the user is gone", () => (vault.broker.users.has(gone) ? null : true));
    expect(vault.broker.users.has(stays)).toBe(true);
    expect((await call("/made", "s_gone")).status).toBe(403);
  });

  test("carries a JWT that Vault's key signs, by its newest version, which the tool server checks by the published keys", async () => {
    const keys = createRemoteJWKSet(new URL(`${gateway.agents}/.well-known/jwks.json`), { cooldownDuration: 0 });
    const check = async () => {
      expect((await call("/signed", "s_1")).status).toBe(200);
      return jwtVerify(sent().slice("Bearer ".length), keys, { typ: "sallyport-call+jwt", issuer: gateway.agents });
    };
    const before = await check();
    expect(before.payload).toMatchObject({ aud: upstream.origin, sub: "refund-bot" });
    await vault.bao.admin("POST", "transit/keys/calls/rotate");
    const after = await eventually("the new version signs", async () => {
      const next = await check();
      return next.protectedHeader.kid === before.protectedHeader.kid ? null : next;
    });
    expect(after.protectedHeader.alg).toBe("ES256");
    const published = (await (await fetch(`${gateway.agents}/.well-known/jwks.json`)).json()) as { keys: object[] };
    expect(published.keys).toHaveLength(2);
    expect(JSON.stringify(published)).not.toContain('"d"');
  });

  test("answers 503 with the credential's name alone, and sends nothing, when Vault says no", async () => {
    await vault.bao.admin("PUT", "sys/policies/acl/gateway", { policy: 'path "none" { capabilities = ["read"] }' });
    const before = upstream.requests.length;
    const answer = await call("/made", "s_refused");
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ code: "credential_unavailable", executed: false });
    expect(text).toContain("broker");
    expect(text).not.toMatch(/vault|rabbitmq|127\.0\.0\.1/);
    expect(upstream.requests).toHaveLength(before);
    const unsigned = await call("/signed", "s_refused");
    expect([unsigned.status, await unsigned.json()]).toMatchObject([503, { code: "credential_unavailable" }]);
    expect(upstream.requests).toHaveLength(before);
  });
});
