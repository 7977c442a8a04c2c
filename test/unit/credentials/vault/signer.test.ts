/** Against a real OpenBao, whose transit engine signs; faults by a client that is none. */
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify, decodeProtectedHeader } from "jose";
import { VaultSigner, type VaultSignerDeps } from "../../../../gateway/credentials/vault/signer.ts";
import { CredentialFailure } from "../../../../gateway/domain/credential.ts";
import type { VaultSigningKey } from "../../../../gateway/domain/vault-credential.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { keepingLogger, realClock } from "../../../support/credentials.ts";
import { eventually } from "../../../support/eventually.ts";
import { describeWithOpenbao } from "../../../support/vault/openbao.ts";
import { startVaultRoom, type VaultRoom } from "../../../support/vault/vault-room.ts";

const server = { name: "main", timeoutMs: 20_000 } as VaultSigningKey["server"];
const signingKey = (changes: Partial<VaultSigningKey> = {}): VaultSigningKey => ({
  server,
  mount: "transit",
  name: "calls",
  refreshMs: 60_000,
  leadMs: 0,
  ...changes,
});

async function check(signer: VaultSigner, token: string): Promise<string | undefined> {
  const keys = createLocalJWKSet({ keys: await signer.publicKeys() } as JSONWebKeySet);
  await jwtVerify(token, keys, { typ: "test+jwt" });
  return decodeProtectedHeader(token).kid;
}

describeWithOpenbao("JWTs that Vault signs", () => {
  let vault: VaultRoom;
  beforeAll(async () => {
    vault = await startVaultRoom();
    await vault.bao.admin("POST", "sys/mounts/transit", { type: "transit" });
    for (const [name, type] of Object.entries({ calls: "ecdsa-p256", rsa: "rsa-2048", sealed: "aes256-gcm96" }))
      await vault.bao.admin("POST", `transit/keys/${name}`, { type });
  });
  afterEach(() => vault.settle());
  afterAll(() => vault?.close());

  const signerOf = (changes: Partial<VaultSigningKey> = {}, deps: Partial<VaultSignerDeps> = {}) =>
    new VaultSigner(signingKey(changes), {
      clock: realClock,
      logger: keepingLogger(),
      client: vault.client(),
      ...deps,
    });

  test.each([
    ["ES256", "calls"],
    ["RS256", "rsa"],
  ])("are verified by the published keys: %s", async (alg, name) => {
    const signer = signerOf({ name });
    const token = await signer.sign({ sub: "ann" }, "test+jwt");
    const kid = await check(signer, token);
    expect(decodeProtectedHeader(token)).toEqual({ alg, typ: "test+jwt", kid });
    await expect(check(signer, `${token.slice(0, -4)}AAAA`)).rejects.toThrow(/signature/);
  });

  test("are signed by a new version once it has been published, and verified by either", async () => {
    const time = { skipped: 0 };
    const clock = {
      now: () => realClock.now() + time.skipped,
      monotonic: () => realClock.monotonic() + time.skipped,
    };
    const signer = signerOf({ leadMs: 300_000 }, { clock });
    const first = await signer.sign({}, "test+jwt");
    await vault.bao.admin("POST", "transit/keys/calls/rotate");
    time.skipped = 60_001;
    await eventually("the new version is published", async () => (await signer.publicKeys()).length === 2 || null);
    const meanwhile = await signer.sign({}, "test+jwt");
    time.skipped += 300_000;
    const later = await signer.sign({}, "test+jwt");
    const [one, two, three] = [await check(signer, first), await check(signer, meanwhile), await check(signer, later)];
    expect([one === two, two === three]).toEqual([true, false]);
  });

  test("are signed by the version that Vault still takes, when the known one was put out of use", async () => {
    const signer = signerOf({ leadMs: 86_400_000 });
    const before = await check(signer, await signer.sign({}, "test+jwt"));
    const { data } = await vault.bao.admin("POST", "transit/keys/calls/rotate");
    const latest = (data as Readonly<Record<string, unknown>>)["latest_version"] ?? 3;
    await vault.bao.admin("POST", "transit/keys/calls/config", { min_encryption_version: latest });
    expect(await check(signer, await signer.sign({}, "test+jwt"))).not.toBe(before);
  });

  test("are not made by a key that cannot, or is not there", async () => {
    await expect(signerOf({ name: "sealed" }).sign({}, "t")).rejects.toMatchObject({ kind: "misconfigured" });
    await expect(signerOf({ name: "nobodys" }).sign({}, "t")).rejects.toMatchObject({ kind: "refused" });
    await expect(signerOf({ name: "nobodys" }).publicKeys()).rejects.toMatchObject({ kind: "refused" });
  });
});

describe("a Vault that fails", () => {
  /** Answers as a test says. */
  function signerWith(request: (method: string, path: string) => Promise<JsonObject>, timeoutMs = 20_000) {
    const asked: string[] = [];
    const client = {
      request: (method: "GET" | "POST", path: string) => {
        asked.push(`${method} ${path}`);
        return request(method, path);
      },
    };
    const logger = keepingLogger();
    const time = { at: 0 };
    const clock = { now: realClock.now, monotonic: () => time.at };
    const key = signingKey({ server: { ...server, timeoutMs } });
    return { signer: new VaultSigner(key, { clock, logger, client }), asked, time, logger };
  }
  const pem = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----`;
  const keys = {
    data: { type: "ecdsa-p256", keys: { 1: { public_key: pem, creation_time: "2026-01-01T00:00:00Z" } } },
  };

  test("is waited for no longer than its time", async () => {
    const { signer } = signerWith(() => new Promise(() => undefined), 30);
    await expect(signer.sign({}, "t")).rejects.toMatchObject({
      kind: "unreachable",
      message: "vault main: transit/keys/calls did not sign within 30 ms",
    });
  });

  test.each([
    ["no signature", {}],
    ["one of another version", { signature: "vault:v2:abc" }],
    ["one of another form", { signature: "vault:v1:a+b=" }],
  ])("is taken for refusing when it gives %s", async (_, data) => {
    const { signer } = signerWith(async (method) => (method === "GET" ? keys : { data }));
    await expect(signer.sign({}, "t")).rejects.toMatchObject({ kind: "refused" });
  });

  test("is asked once a second, and what is known of its keys is published on", async () => {
    const down = { is: false };
    const { signer, asked, time, logger } = signerWith(async () => {
      if (down.is) throw new CredentialFailure("unreachable", "vault main answered 503");
      return keys;
    });
    expect(await signer.publicKeys()).toHaveLength(1);
    down.is = true;
    time.at = 60_000;
    for (const _ of [1, 2, 3]) expect(await signer.publicKeys()).toHaveLength(1);
    await eventually("it is logged", () => logger.lines[0] ?? null);
    expect(await signer.publicKeys()).toHaveLength(1);
    expect(asked).toHaveLength(2);
    time.at += 1_000;
    await signer.publicKeys();
    expect(asked).toHaveLength(3);
  });
});
