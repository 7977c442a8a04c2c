import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";

/** The keys a token is bound to (RFC 7800 `cnf`): each that is named must be proven. */
export interface KeyBinding {
  /** RFC 7638 thumbprint of a DPoP key (RFC 9449 §6.1). */
  readonly jkt: string | null;
  /** SHA-256 of a client certificate (RFC 8705 §3.1), base64url. */
  readonly x5t: string | null;
}

const known = new Set(["jkt", "x5t#S256"]);

/** Null for a bearer token. A confirmation that nobody here can check is not one that may be skipped. */
export function keyBinding(claims: JsonObject): KeyBinding | null {
  const cnf = claims["cnf"];
  if (cnf === undefined) return null;
  if (typeof cnf !== "object" || cnf === null || Array.isArray(cnf))
    throw new Refusal("token_invalid", { hint: "its claim cnf is not an object" });
  const names = Object.keys(cnf);
  const stranger = names.find((name) => !known.has(name));
  if (stranger !== undefined || names.length === 0) {
    throw new Refusal("token_proof_missing", {
      hint: "it is bound in a way that is not known here",
      detail: `cnf has ${names.join(", ").slice(0, 200)}`,
    });
  }
  return { jkt: digest(cnf as JsonObject, "jkt"), x5t: digest(cnf as JsonObject, "x5t#S256") };
}

function digest(cnf: JsonObject, name: string): string | null {
  const value = cnf[name];
  if (value === undefined) return null;
  if (typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value)) return value;
  throw new Refusal("token_invalid", { hint: `its cnf.${name} is not a SHA-256 in base64url` });
}
