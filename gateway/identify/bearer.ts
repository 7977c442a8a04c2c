import type { IncomingMessage } from "node:http";
import { Refusal } from "../domain/errors.ts";

/** Larger tokens are refused unread; they would not fit other servers' header limits either. */
const maxTokenBytes = 8192;

/**
 * The one Authorization header as sent.
 * Node keeps the first of several silently, so they are counted where nothing was dropped yet.
 */
export function authorizationHeader(req: IncomingMessage): string {
  const value = req.headers.authorization;
  if (value === undefined) throw new Refusal("credential_missing");
  let count = 0;
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const name = req.rawHeaders[index] ?? "";
    if (name.length === 13 && name.toLowerCase() === "authorization") count += 1;
  }
  if (count > 1) throw new Refusal("credential_malformed", { hint: "several Authorization headers" });
  return value;
}

/** RFC 6750 §2.1 and RFC 9110 §11.4: scheme, exactly one space, token68. Lax readings let two parsers see two tokens. */
export function bearerToken(header: string): string {
  const [, scheme, token] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\s]+)$/.exec(header) ?? [];
  if (scheme === undefined || token === undefined) throw new Refusal("credential_malformed");
  if (scheme.toLowerCase() === "dpop") {
    throw new Refusal("credential_scheme", { hint: "proof of possession by DPoP is not accepted yet" });
  }
  if (scheme.toLowerCase() !== "bearer") throw new Refusal("credential_scheme");
  if (token.length > maxTokenBytes)
    throw new Refusal("credential_malformed", { hint: `the token is longer than ${maxTokenBytes} bytes` });
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token))
    throw new Refusal("credential_malformed", { hint: "the token has characters outside token68" });
  return token;
}
