import { resolve } from "node:path";
import type { CredentialPlace } from "../domain/credential.ts";
import type {
  VaultAuth,
  VaultCredential,
  VaultServer,
  VaultSigningKey,
  VaultSource,
} from "../domain/vault-credential.ts";
import type { CredentialValues, VaultValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import type { CredentialContext } from "./resolve-credentials.ts";

type Values = Extract<CredentialValues, { provider: "vault" }>;

export function resolveVaultCredential(
  name: string,
  place: CredentialPlace,
  values: Values,
  { vaults, folder }: CredentialContext,
): VaultCredential {
  const server = vaults[values.vault];
  if (server === undefined) throw new Error("a vault that is not configured passed the checks");
  return {
    provider: "vault",
    name,
    place,
    encode: values.encode,
    template: values.template ?? "{plaintext}",
    server: serverOf(values.vault, server, folder),
    source: sourceOf(values, folder),
  };
}

type KeyValues = NonNullable<Extract<CredentialValues, { provider: "signed_jwt" }>["key"]>;

/** The key of a transit engine that signs JWTs. */
export function resolveSigningKey(
  { vault, mount, name, refresh, lead }: KeyValues,
  { vaults, folder }: Pick<CredentialContext, "vaults" | "folder">,
): VaultSigningKey {
  const server = vaults[vault];
  if (server === undefined) throw new Error("a vault that is not configured passed the checks");
  return { server: serverOf(vault, server, folder), mount, name, refreshMs: refresh, leadMs: lead };
}

function serverOf(name: string, { address, namespace, ca, ...rest }: VaultValues, folder: string): VaultServer {
  return {
    name,
    address,
    namespace: namespace ?? null,
    timeoutMs: rest.timeout,
    caFile: ca === undefined ? null : resolve(folder, ca),
    addresses: new Set(rest.allow_addresses),
    auth: authOf(rest.auth, folder),
  };
}

function authOf(auth: VaultValues["auth"], folder: string): VaultAuth {
  switch (auth.method) {
    case "approle": {
      const { method, mount, role_id: roleId, secret_id: secret } = auth;
      const secretIdReference = secret === undefined ? null : absoluteReference(secret, folder);
      return { method, mount, roleId, secretIdReference };
    }
    case "kubernetes":
    case "jwt": {
      const { method, mount, role, jwt } = auth;
      return { method, mount, role: role ?? null, jwtReference: absoluteReference(jwt, folder) };
    }
    case "token":
      return { method: auth.method, tokenReference: absoluteReference(auth.token, folder) };
  }
}

function sourceOf({ kv, dynamic, transit }: Values, folder: string): VaultSource {
  if (kv !== undefined)
    return { engine: "kv", mount: kv.mount, path: kv.path, version: kv.version ?? null, cacheMs: kv.cache };
  if (dynamic !== undefined) {
    const { path, parameters, per } = dynamic;
    return { engine: "dynamic", path, parameters: parameters ?? null, per };
  }
  if (transit === undefined) throw new Error("a credential of no engine passed the checks");
  const { mount, key, ciphertext, cache } = transit;
  return { engine: "transit", mount, key, ciphertextReference: absoluteReference(ciphertext, folder), cacheMs: cache };
}
