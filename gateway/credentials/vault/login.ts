import type { VaultAuth } from "../../domain/vault-credential.ts";
import type { JsonObject } from "../../lib/json.ts";

/** The request that signs in by a method, with what it proves read now. @throws what `secret` throws */
export function loginRequest(
  auth: Exclude<VaultAuth, { readonly method: "token" }>,
  secret: (reference: string) => string,
): { readonly path: string; readonly body: JsonObject } {
  const path = `auth/${auth.mount}/login`;
  if (auth.method === "approle") {
    const { roleId, secretIdReference } = auth;
    const secretId = secretIdReference === null ? {} : { secret_id: secret(secretIdReference) };
    return { path, body: { role_id: roleId, ...secretId } };
  }
  return { path, body: { jwt: secret(auth.jwtReference), ...(auth.role === null ? {} : { role: auth.role }) } };
}
