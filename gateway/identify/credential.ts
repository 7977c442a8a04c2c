import type { IncomingMessage } from "node:http";
import { Refusal } from "../domain/errors.ts";

/** Larger tokens are refused unread; they would not fit other servers' header limits either. */
const maxTokenBytes = 8192;

export interface Credential {
  readonly scheme: "bearer" | "dpop";
  readonly token: string;
}

/** The one Authorization header as sent; null when there is none. */
export function authorizationHeader(req: IncomingMessage): string | null {
  const value = req.headers.authorization;
  if (value === undefined) return null;
  if (timesSent(req, "authorization") > 1)
    throw new Refusal("credential_malformed", { hint: "several Authorization headers" });
  return value;
}

/** Node keeps the first of several headers, or joins them; here they are counted where nothing was dropped yet. */
export function timesSent(req: IncomingMessage, name: string): number {
  let count = 0;
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const sent = req.rawHeaders[index] ?? "";
    if (sent.length === name.length && sent.toLowerCase() === name) count += 1;
  }
  return count;
}

/**
 * RFC 6750 §2.1, RFC 9449 §7.1 and RFC 9110 §11.4: scheme, exactly one space, token68. Lax readings let two parsers
 * see two tokens.
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
