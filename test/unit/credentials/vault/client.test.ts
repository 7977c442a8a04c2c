/** The client against a real OpenBao server, which a package ships (`scripts/setup/openbao.mjs`). */
import type { CredentialFailure } from "../../../../gateway/domain/credential.ts";
import type { VaultAuth } from "../../../../gateway/domain/vault-credential.ts";
import { rootAuthority } from "../../../support/certificates.ts";
import { wish } from "../../../support/credentials.ts";
import { jwtIssuer, type TestIssuer } from "../../../support/vault/jwt-issuer.ts";
import { describeWithOpenbao } from "../../../support/vault/openbao.ts";
import { startTokenReviewer } from "../../../support/vault/token-reviewer.ts";
import { kv, startVaultRoom, type VaultRoom } from "../../../support/vault/vault-room.ts";

describeWithOpenbao("a client of Vault", () => {
  let vault: VaultRoom;
  let issuer: TestIssuer;
  beforeAll(async () => {
    [vault, issuer] = await Promise.all([startVaultRoom(), jwtIssuer()]);
  });
  afterEach(() => vault.settle());
  afterAll(() => vault?.close());

  test("signs in with a Kubernetes service account, whose token it reads anew", async () => {
    const known = { token: await issuer.sign({ sub: "system:serviceaccount:tools:gateway", ...serviceAccount }) };
    const reviewer = await startTokenReviewer({ ...known, namespace: "tools", serviceAccount: "gateway" });
    await vault.bao.admin("POST", "sys/auth/kubernetes", { type: "kubernetes" });
    // The reviewer has no TLS, but OpenBao wants an authority all the same.
    const { certPem: kubernetes_ca_cert } = await rootAuthority("cluster");
    const config = { kubernetes_host: reviewer.address, token_reviewer_jwt: "reviewer", kubernetes_ca_cert };
    await vault.bao.admin("POST", "auth/kubernetes/config", config);
    await vault.bao.admin("POST", "auth/kubernetes/role/gateway", {
      bound_service_account_names: ["gateway"],
      bound_service_account_namespaces: ["tools"],
      token_policies: ["gateway"],
      audience: "vault",
    });
    vault.secrets.set("file:/sa", known.token);
    const auth: VaultAuth = { method: "kubernetes", mount: "kubernetes", role: "gateway", jwtReference: "file:/sa" };
    const made = await vault.provider(kv, {}, vault.client(auth)).obtain(wish());
    await reviewer.close();
    expect(made.inject[0]?.value).toBe("Bearer first-key-of-crm");
  });

  test("signs in with a JWT, and again when its token is over", async () => {
    await vault.bao.admin("POST", "sys/auth/jwt", { type: "jwt" });
    await vault.bao.admin("POST", "auth/jwt/config", {
      jwt_validation_pubkeys: [issuer.publicKey],
      bound_issuer: "https://ci.example",
    });
    await vault.bao.admin("POST", "auth/jwt/role/gateway", {
      role_type: "jwt",
      user_claim: "sub",
      bound_audiences: ["vault"],
      token_policies: ["gateway"],
      token_ttl: "1h",
    });
    vault.secrets.set("file:/jwt", await issuer.sign({ iss: "https://ci.example", sub: "gateway", aud: "vault" }));
    const auth: VaultAuth = { method: "jwt", mount: "jwt", role: "gateway", jwtReference: "file:/jwt" };
    const signedIn = vault.provider(kv, {}, vault.client(auth));
    await signedIn.obtain(wish());
    // All tokens of this sign-in are gone, as after an operator's revocation.
    await vault.bao.admin("PUT", "sys/leases/revoke-prefix/auth/jwt/login");
    expect((await signedIn.obtain(wish())).inject[0]?.value).toBe("Bearer first-key-of-crm");
  });

  test("reads in its own namespace, with a token of the configuration that it does not revoke", async () => {
    await vault.bao.admin("POST", "sys/namespaces/team", {});
    await vault.bao.admin("POST", "team/sys/mounts/secret", { type: "kv", options: { version: "2" } });
    await vault.bao.admin("POST", "team/secret/data/crm/prod", { data: { api_key: "key-of-the-team" } });
    await vault.bao.admin("PUT", "team/sys/policies/acl/gateway", {
      policy: 'path "secret/*" { capabilities = ["read"] }',
    });
    const { auth } = await vault.bao.admin("POST", "team/auth/token/create", { policies: ["gateway"], ttl: "1h" });
    vault.secrets.set("env:TOKEN", auth.client_token);
    const signedIn = vault.client({ method: "token", tokenReference: "env:TOKEN" }, { namespace: "team" });
    expect((await vault.provider(kv, {}, signedIn).obtain(wish())).inject[0]?.value).toBe("Bearer key-of-the-team");
    await signedIn.close();
    const again = vault.client({ method: "token", tokenReference: "env:TOKEN" }, { namespace: "team" });
    expect((await vault.provider(kv, {}, again).obtain(wish())).inject[0]?.value).toBe("Bearer key-of-the-team");
  });

  test("says that Vault refused the sign-in without saying what it was sent", async () => {
    vault.secrets.set("file:/wrong", "canary-of-a-wrong-secret-id");
    const auth = { ...vault.approle, secretIdReference: "file:/wrong" } as VaultAuth;
    const asked = vault.provider(kv, {}, vault.client(auth)).obtain(wish());
    const failure = await asked.catch((thrown: unknown) => thrown as CredentialFailure);
    expect(failure).toMatchObject({ kind: "refused", message: "vault main answered 400 to POST auth/approle/login" });
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain("canary");
  });

  test("fails at once when nothing answers there", async () => {
    const asked = vault.provider(kv, {}, vault.client(vault.approle, { address: "http://127.0.0.1:1" })).obtain(wish());
    await expect(asked).rejects.toMatchObject({
      kind: "unreachable",
      message: "vault main cannot be reached (ECONNREFUSED)",
    });
  });

  test("connects to no address of a class that is not allowed", async () => {
    const asked = vault.provider(kv, {}, vault.client(vault.approle, { addresses: new Set() })).obtain(wish());
    await expect(asked).rejects.toMatchObject({ kind: "misconfigured", message: /127\.0\.0\.1 is loopback/ });
  });
});

const serviceAccount = {
  iss: "kubernetes/serviceaccount",
  aud: ["vault"],
  "kubernetes.io": { namespace: "tools", serviceaccount: { name: "gateway", uid: "uid-1" } },
};
