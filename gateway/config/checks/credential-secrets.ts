import type { CredentialValues, VaultValues } from "../draft.ts";

/** A reference to a secret, and its place below the mapping that it is in. */
type Placed = readonly [value: string, ...place: string[]];

/** The references of each kind of credential. */
export function credentialSecrets(one: CredentialValues): Placed[] {
  switch (one.provider) {
    case undefined:
    case "static":
      return [[one.value, "value"]];
    case "client_credentials":
    case "token_exchange":
    case "person":
      return among(one, ["client_secret"]);
    case "id_jag":
      return [
        ...among(one.identity_provider, ["client_secret"], "identity_provider"),
        ...among(one.authorization_server, ["client_secret"], "authorization_server"),
      ];
    case "signed_jwt":
      return [];
    case "vault":
      return among(one.transit, ["ciphertext"], "transit");
    case "aws":
      return [
        ...among(one.keys, ["access_key_id", "secret_access_key", "session_token"], "keys"),
        ...among(one.role, ["external_id", "web_identity"], "role"),
      ];
  }
}

/** The references of a way to sign in to Vault. */
export function vaultSecrets(auth: VaultValues["auth"]): Placed[] {
  switch (auth.method) {
    case "approle":
      return among(auth, ["secret_id"]);
    case "kubernetes":
    case "jwt":
      return among(auth, ["jwt"]);
    case "token":
      return among(auth, ["token"]);
  }
}

/** Those of these options that a mapping has. */
function among<Key extends string>(
  values: { readonly [K in Key]?: string | undefined } | undefined,
  keys: readonly Key[],
  ...place: string[]
): Placed[] {
  return keys.flatMap((key) => {
    const value = values?.[key];
    return value === undefined ? [] : [[value, ...place, key] as const];
  });
}
