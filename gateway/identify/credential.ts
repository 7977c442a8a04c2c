import type { IncomingMessage } from "node:http";
import { Refusal } from "../domain/errors.ts";
import { firstHeader, timesSent } from "../lib/request-headers.ts";

/** Larger tokens are refused without parsing; they would not fit the header limits of other servers either. */
const maxTokenBytes = 8192;

export interface Credential {
  readonly scheme: "bearer" | "dpop";
  readonly token: string;
}

/** The one Authorization header as sent; null when there is none. @throws Refusal credential_malformed */
export function authorizationHeader(req: IncomingMessage): string | null {
  const value = firstHeader(req.rawHeaders, "authorization");
  if (value === undefined) return null;
  if (timesSent(req.rawHeaders, "authorization") > 1)
    throw new Refusal("credential_malformed", { hint: "several Authorization headers" });
  return value;
}

/**
 * Parses an Authorization header strictly (RFC 6750 §2.1, RFC 9449 §7.1, RFC 9110 §11.4): scheme, exactly one space, token68.
 * With a lax reading two parsers could see two tokens.
 * @throws Refusal credential_malformed, credential_scheme
 */
export function readCredential(header: string): Credential {
  const [, scheme, token] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\s]+)$/.exec(header) ?? [];
  if (scheme === undefined || token === undefined) throw new Refusal("credential_malformed");
  const known = scheme.toLowerCase();
  if (known !== "bearer" && known !== "dpop") throw new Refusal("credential_scheme");
  if (token.length > maxTokenBytes)
    throw new Refusal("credential_malformed", { hint: `the token is longer than ${maxTokenBytes} bytes` });
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token))
    throw new Refusal("credential_malformed", { hint: "the token has characters outside token68" });
  return { scheme: known, token };
}
