import { hash } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import type { IntrospectionSource, TrustedIssuer } from "../../domain/trusted-issuer.ts";
import type { JsonObject } from "../../lib/json.ts";
import { boundedAnswer } from "../../net/post-json.ts";
import { type CheckedClaims, checkClaims } from "./claims.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** An issuer whose tokens are checked by introspection (RFC 7662). */
export interface IntrospectionIssuer {
  readonly issuer: TrustedIssuer;
  readonly introspector: Introspector;
}

/**
 * Checks a token with its issuer's introspection endpoint (RFC 7662). The answer is cached for `introspection.cacheMs`,
 * for this token only.
 * @param address key from `callerAddress` of who sent the token
 * @throws Refusal token_*, introspection_unavailable
 */
export async function introspectToken(
  token: string,
  address: string,
  { issuer, introspector }: IntrospectionIssuer,
  audience: string,
  clock: Clock,
): Promise<CheckedClaims> {
  const cacheMs = issuer.introspection?.cacheMs ?? 0;
  const knownUntil = clock.monotonic() + cacheMs;
  const claims = claimsOfAnswer(await introspector.ask(token, address), issuer);
  const now = clock.now();
  /** For answers without `exp`: just after the cached answer ends. */
  const exp = Math.ceil((now + cacheMs) / 1000) + 1;
  const expiresAt = checkClaims({ exp, ...claims }, { audience, ...issuer, issuedAtOptional: true }, now);
  return {
    issuer,
    claims,
    expiresAt,
    key: null,
    lastsUntil: claims["exp"] === undefined ? Infinity : expiresAt,
    stillGood: () => clock.monotonic() < knownUntil,
    isKeyWithdrawn: () => false,
  };
}

/**
 * An active answer as the claims of a token (RFC 7662 §2.2). A client that calls for itself is named by `client_id` alone.
 * @throws Refusal when the answer is about another issuer's token, or about something else than an access token
 */
function claimsOfAnswer(answer: JsonObject, issuer: TrustedIssuer): JsonObject {
  const { active: _active, ...claims } = answer;
  if (claims["iss"] !== undefined && claims["iss"] !== issuer.issuer) {
    throw new Refusal("token_issuer_unknown", {
      detail: `${issuer.issuer} answers with iss ${JSON.stringify(claims["iss"]).slice(0, 200)}`,
    });
  }
  const { token_type: type } = claims;
  if (type !== undefined && (typeof type !== "string" || !["bearer", "dpop"].includes(type.toLowerCase())))
    throw new Refusal("token_invalid", { hint: "it is not an access token" });
  return {
    ...claims,
    ...(claims["sub"] === undefined && claims["client_id"] !== undefined ? { sub: claims["client_id"] } : {}),
  };
}

export interface Introspector {
  /**
   * The introspection answer for an active token.
   * @param address key of the sender: until the issuer has confirmed the token, its subject is unknown
   * @throws Refusal token_invalid, introspection_unavailable
   */
  ask(token: string, address: string): Promise<JsonObject>;
}

interface IntrospectorDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: (reference: string) => string;
}

/** Bounds of the requests in flight: each invented token causes one. */
const pendingBounds = { capacity: 200, perAsker: 100 };
/** Pause after the issuer could not be reached, and before a token without an answer is introspected again. */
const pauseMs = 1000;
/** How long a token that is not active is refused without another request. */
const inactiveMs = 5000;
const refusedBounds = { capacity: 10_000, perAsker: 1_000 };
/** How long a token that was active counts against its subject, and not against the sender's address. */
const activeMs = 3_600_000;
const activeBounds = { capacity: 10_000, perAsker: 1_000 };

interface Question {
  readonly answer: Promise<JsonObject>;
  readonly giveUp: AbortController;
}

interface IntrospectorMemory {
  readonly pending: FairShare<Question>;
  readonly refused: FairShare<() => Refusal>;
  /** The subject of each token. */
  readonly active: FairShare<string>;
}

function createMemory(clock: Clock): IntrospectorMemory {
  const forget = { clock, full: "forget" } as const;
  const dropped = ({ giveUp }: Question): void => giveUp.abort(new Error("too many questions wait"));
  return {
    pending: new FairShare<Question>({ ...pendingBounds, ...forget, dropped }),
    refused: new FairShare<() => Refusal>({ ...refusedBounds, ...forget }),
    active: new FairShare<string>({ ...activeBounds, ...forget }),
  };
}

/** Introspects tokens: one request per token at a time, a bounded number at once, a fair share for each sender. */
export function createIntrospector(
  issuer: TrustedIssuer & { readonly introspection: IntrospectionSource },
  { clock, logger, secret }: IntrospectorDeps,
): Introspector {
  const { introspection: source } = issuer;
  const { pending, refused, active } = createMemory(clock);
  let pausedUntil = Number.NEGATIVE_INFINITY;

  async function askAndRemember(id: string, token: string, asker: string, signal: AbortSignal): Promise<JsonObject> {
    const answer = await askIssuer(source, secret, token, signal).catch((failure: unknown) => {
      logger.warn("the issuer could not be asked about a token", { issuer: issuer.issuer, error: String(failure) });
      const refusal = () => unavailable(`${issuer.issuer}: ${String(failure)}`, failure);
      // A connection failure concerns every token; a later failure may concern this token only.
      if (isConnectFailure(failure)) pausedUntil = clock.monotonic() + pauseMs;
      else if (!signal.aborted) refused.set(asker, id, refusal, pauseMs);
      throw refusal();
    });
    if (answer["active"] !== true) {
      active.delete(id);
      refused.set(asker, id, notActive, inactiveMs);
      throw notActive();
    }
    active.set(askerOf(answer), id, askerOf(answer), activeMs);
    return answer;
  }

  return {
    async ask(token, address) {
      const id = hash("sha256", token, "base64url");
      const before = refused.get(id);
      if (before !== undefined) throw before();
      const known = pending.get(id);
      if (known !== undefined) return known.answer;
      if (clock.monotonic() < pausedUntil) throw unavailable(`${issuer.issuer} could not be reached a moment ago`);
      const asker = active.get(id) ?? `address ${address}`;
      const giveUp = new AbortController();
      const forget = () => pending.get(id)?.giveUp === giveUp && pending.delete(id);
      const answer = askAndRemember(id, token, asker, giveUp.signal).finally(forget);
      pending.set(asker, id, { answer, giveUp });
      return answer;
    },
  };
}

function askerOf(answer: JsonObject): string {
  return `subject ${JSON.stringify([answer["sub"] ?? answer["client_id"]])}`;
}

function notActive(): Refusal {
  return new Refusal("token_invalid", { hint: "its issuer says that it is not active" });
}

function unavailable(detail: string, cause?: unknown): Refusal {
  return new Refusal("introspection_unavailable", { detail, cause });
}

const maxBytes = 64 * 1024;

/** Sends one introspection request (RFC 7662 §2.1). @throws Error when there is no answer, or one without `active` */
async function askIssuer(
  source: IntrospectionSource,
  secretOf: (reference: string) => string,
  token: string,
  giveUp: AbortSignal,
): Promise<JsonObject> {
  const secret = secretOf(source.secretReference);
  const response = await fetch(source.endpoint, {
    method: "POST",
    // A redirect would send the token and the credential to another server.
    redirect: "error",
    signal: AbortSignal.any([AbortSignal.timeout(source.timeoutMs), giveUp]),
    headers: {
      accept: "application/json",
      authorization: `Basic ${Buffer.from(`${formEncoded(source.clientId)}:${formEncoded(secret)}`).toString("base64")}`,
    },
    body: new URLSearchParams({ token, token_type_hint: "access_token" }),
  });
  const bytes = await boundedAnswer(response, maxBytes, "the answer");
  if (response.status !== 200) throw new Error(`the answer has status ${response.status}`);
  const answer: unknown = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (typeof answer !== "object" || answer === null || Array.isArray(answer))
    throw new Error("the answer is no object");
  if (typeof (answer as JsonObject)["active"] !== "boolean") throw new Error("the answer does not say active");
  return answer as JsonObject;
}

/** Error codes of connections that were never established. */
const connectFailures: ReadonlySet<unknown> = new Set([
  ...["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"],
  ...["UND_ERR_CONNECT_TIMEOUT", "CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
]);

/** Whether no connection could be made, so that the failure has nothing to do with the token. */
function isConnectFailure(failure: unknown): boolean {
  const { cause } = failure as { readonly cause?: { readonly code?: unknown } };
  return connectFailures.has(cause?.code);
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
