import type { JsonWebKey } from "node:crypto";
import type { JsonObject } from "../../lib/json.ts";

/** A key that signs one family of statements (compact JWS, ES256) and reads them back. */
export interface StatementKey {
  /** RFC 7517, public keys only. */
  readonly publicKeys: { readonly keys: readonly JsonWebKey[] };
  /** `typ` is the JOSE header's (RFC 7515 §4.1.9): a statement of one kind never passes for one of another. */
  sign(claims: object, typ: string): string;
  /** The claims when this key signed it as this type, else null. Times and audience are not looked at. */
  read(jws: string, typ: string): JsonObject | null;
}
