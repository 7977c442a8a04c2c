import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";

export interface CheckedHeader {
  readonly alg: string;
  readonly kid: string | null;
}

/** Each of these lets a token say which key, or which rules, it wants to be verified by (RFC 8725 §2.4 to §3.10). */
const refused = ["crit", "jku", "x5u", "jwk", "x5c", "b64", "zip", "enc"];

/** Access tokens of RFC 9068, or the general type; other JWTs of the same issuer are not access tokens (RFC 8725 §3.11). */
const types = new Set(["jwt", "at+jwt", "application/at+jwt"]);

const safeKid = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;

/** Everything in the header that must hold before any key is looked up. */
export function checkHeader(header: JsonObject, algorithms: readonly string[]): CheckedHeader {
  const found = refused.find((name) => Object.hasOwn(header, name));
  if (found !== undefined) throw new Refusal("token_invalid", { hint: `its header has ${found}` });
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || !algorithms.includes(alg)) {
    throw new Refusal("token_invalid", {
      hint: "its algorithm is not accepted",
      detail: `alg ${JSON.stringify(alg)} is not in ${algorithms.join(", ")}`,
    });
  }
  if (typ !== undefined && (typeof typ !== "string" || !types.has(typ.toLowerCase()))) {
    throw new Refusal("token_invalid", { hint: "it is not an access token", detail: `typ ${JSON.stringify(typ)}` });
  }
  if (kid === undefined) return { alg, kid: null };
  if (typeof kid !== "string" || !safeKid.test(kid))
    throw new Refusal("token_invalid", { hint: "its key id has characters that are not allowed" });
  return { alg, kid };
}
