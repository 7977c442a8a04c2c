/** Secrets that a real OpenBao server keeps, which a package ships (`scripts/setup/openbao.mjs`). */
import type { CredentialFailure } from "../../../../gateway/domain/credential.ts";
import type { MadeCredential } from "../../../../gateway/domain/ports.ts";
import type { VaultSource } from "../../../../gateway/domain/vault-credential.ts";
import { wish } from "../../../support/credentials.ts";
import { describeWithOpenbao } from "../../../support/vault/openbao.ts";
import { basic, kv, startVaultRoom, type VaultRoom } from "../../../support/vault/vault-room.ts";

describeWithOpenbao("secrets that Vault keeps", () => {
  let vault: VaultRoom;
  beforeAll(async () => {
    vault = await startVaultRoom();
  });
  afterEach(() => vault.settle());
  afterAll(() => vault?.close());

  test("fills a header with a field of a KV secret, and names what must not be shown", async () => {
    const made = await vault.provider(kv).obtain(wish());
    expect(made).toMatchObject({
      inject: [{ place: { in: "header", name: "authorization" }, value: "Bearer first-key-of-crm" }],
      expiresAt: null,
    });
    expect(made.secrets).toEqual(expect.arrayContaining(["first-key-of-crm"]));
  });

  test("joins user and password as HTTP Basic wants them", async () => {
    const made = await vault.provider(kv, { ...basic, template: "{user}:{pin}" }).obtain(wish());
    const value = `Basic ${Buffer.from("svc-crm:12345678").toString("base64")}`;
    expect(made.inject[0]?.value).toBe(value);
    expect(made.secrets).toEqual(expect.arrayContaining(["12345678", value.slice(6)]));
  });

  test("reads a rotated secret after its time, and at once when the tool server refused it", async () => {
    await vault.bao.admin("POST", "secret/data/crm/rotated", { data: { api_key: "one" } });
    const rotating = vault.provider({ ...kv, path: "crm/rotated", cacheMs: 3_600_000 });
    const first = await rotating.obtain(wish());
    await vault.bao.admin("POST", "secret/data/crm/rotated", { data: { api_key: "two" } });
    const still = await rotating.obtain(wish());
    still.refused?.();
    const after = await rotating.obtain(wish());
    const valueOf = ({ inject }: MadeCredential) => inject[0]?.value;
    expect([first, still, after].map(valueOf)).toEqual(["Bearer one", "Bearer one", "Bearer two"]);
  });

  test("reads the version that the configuration names", async () => {
    await vault.bao.admin("POST", "secret/data/crm/versions", { data: { api_key: "old" } });
    await vault.bao.admin("POST", "secret/data/crm/versions", { data: { api_key: "new" } });
    const made = await vault.provider({ ...kv, path: "crm/versions", version: 1 }).obtain(wish());
    expect(made.inject[0]?.value).toBe("Bearer old");
  });

  test("decrypts with transit what is kept outside of Vault", async () => {
    await vault.bao.admin("POST", "sys/mounts/transit", { type: "transit" });
    await vault.bao.admin("POST", "transit/keys/agents", {});
    const plaintext = Buffer.from("sealed-key-of-crm").toString("base64");
    const { data } = await vault.bao.admin("POST", "transit/encrypt/agents", { plaintext });
    vault.secrets.set("file:/sealed", String(data["ciphertext"]));
    const source: VaultSource = {
      engine: "transit",
      mount: "transit",
      key: "agents",
      ciphertextReference: "file:/sealed",
      cacheMs: 60_000,
    };
    const made = await vault.provider(source, { template: "{plaintext}" }).obtain(wish());
    expect(made.inject[0]?.value).toBe("sealed-key-of-crm");
    expect(made.secrets).toContain("sealed-key-of-crm");
  });

  test.each<[string, Partial<VaultSource> & { engine: "kv" }, CredentialFailure["kind"], RegExp]>([
    [
      "a secret that is not there",
      { engine: "kv", path: "crm/none" },
      "refused",
      /answered 404 to GET secret\/data\/crm\/none/,
    ],
    ["a path that its policy forbids", { engine: "kv", path: "hr/prod" }, "refused", /answered 403/],
  ])("fails with a status and a path for %s", async (_what, changes, kind, message) => {
    const asked = vault.provider({ ...kv, ...changes }).obtain(wish());
    await expect(asked).rejects.toMatchObject({
      name: "CredentialFailure",
      kind,
      message: expect.stringMatching(message),
    });
  });

  test("names the field that a secret has not", async () => {
    const asked = vault.provider(kv, { template: "{token}" }).obtain(wish());
    await expect(asked).rejects.toMatchObject({ kind: "misconfigured", message: "the secret has no field token" });
  });
});
