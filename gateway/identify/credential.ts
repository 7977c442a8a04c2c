import type { IncomingMessage } from "node:http";
import { Refusal, type ErrorCode } from "../domain/errors.ts";
import { firstHeader, timesSent } from "../lib/request-headers.ts";

/** Larger tokens are refused without parsing. Room for claims of 4 KiB beside a task's text of 16 KiB, in base64. */
const maxTokenBytes = 32 * 1024;

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
 * Parses an Authorization header strictly (RFC 6750 §2.1, RFC 9449 §7.1, RFC 9110 §11.4): scheme, exactly one space,
 * token68. With a lax reading two parsers could find two different tokens.
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

/** What the challenge of a 401 is made of. */
interface ChallengeFacts {
  readonly req: IncomingMessage;
  /** Signature algorithms of DPoP proofs; empty when the route trusts no issuer of tokens. */
  readonly algorithms: readonly string[];
  /** Scopes to ask for (RFC 6750 §3). */
  readonly scopes: readonly string[];
  /** URL of the protected-resource metadata (RFC 9728 §5.1); null when the route publishes none. */
  readonly metadata: string | null;
  /** The current DPoP nonce. */
  readonly nonce: () => string;
}

/** Values of `error` by RFC 9449 §7.1 and §8; every other refusal of a token is invalid_token (RFC 6750 §3.1). */
const errors: Partial<Record<ErrorCode, string>> = {
  proof_nonce: "use_dpop_nonce",
  proof_invalid: "invalid_dpop_proof",
  proof_replayed: "invalid_dpop_proof",
};

/**
 * The same refusal, with a WWW-Authenticate header when it is a 401 (RFC 9110 §11.6.1): one challenge for each scheme, first
 * that of the scheme the caller used.
 */
export function challenged(refusal: Refusal, facts: ChallengeFacts): Refusal {
  if (refusal.status !== 401) return refusal;
  const { code, hint, detail, cause } = refusal;
  const usedScheme = /^dpop /i.test(facts.req.headers.authorization ?? "") ? "DPoP" : "Bearer";
  const schemes = facts.algorithms.length === 0 ? ["Bearer"] : ["Bearer", "DPoP"];
  const failed = code === "credential_missing" ? null : (errors[code] ?? "invalid_token");
  const ordered = schemes.toSorted((a, b) => Number(b === usedScheme) - Number(a === usedScheme));
  const value = ordered
    .map((scheme) => challenge(scheme, scheme === usedScheme ? failed : null, code, facts))
    .join(", ");
  const nonce = code === "proof_nonce" ? { "DPoP-Nonce": facts.nonce() } : {};
  return new Refusal(code, {
    ...(hint === null ? {} : { hint }),
    ...(detail === null ? {} : { detail }),
    cause: cause ?? refusal,
    headers: { "WWW-Authenticate": value, ...nonce },
  });
}

function challenge(scheme: string, failed: string | null, code: ErrorCode, facts: ChallengeFacts): string {
  const parameters = [
    `realm="sallyport"`,
    ...(failed === null ? [] : [`error="${failed}"`, `error_description="${code}"`]),
    ...(scheme === "DPoP" ? [`algs="${facts.algorithms.join(" ")}"`] : []),
    ...(facts.scopes.length === 0 ? [] : [`scope="${facts.scopes.join(" ")}"`]),
    ...(facts.metadata === null ? [] : [`resource_metadata="${facts.metadata}"`]),
  ];
  return `${scheme} ${parameters.join(", ")}`;
}
