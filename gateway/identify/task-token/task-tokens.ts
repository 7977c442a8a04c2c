import jsonwebtoken from "jsonwebtoken";
import { hash } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import { gatewayIssuer, type TrustedIssuer } from "../../domain/trusted-issuer.ts";
import { isExpired, keyBinding } from "../token/claims.ts";
import { createKeySet, type KeySet } from "../token/key-set.ts";
import { readCompactJws, verifyJwt } from "../token/verify-jwt.ts";
import { rememberTokenValidity } from "../credential-validity.ts";
import { ownKeyTiming, type SentToken, type TokenIssuers, type VerifiedToken } from "../token/verify-token.ts";
import { agentIn, type TaskTokenAgent, taskTokenClaims, type TaskTokenSource } from "./claims.ts";
import type { TaskKeys } from "./task-keys.ts";
import { parseJson } from "../../lib/parse-json.ts";

export interface TaskTokensDeps {
  readonly keys: TaskKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The gateway's own issuer; null while its address is not known. */
  readonly issuer: () => string | null;
  /** Issuers whose agents have certificates and no tokens. */
  readonly workloads: readonly TrustedIssuer[];
}

export interface TokenWish {
  readonly source: TaskTokenSource;
  readonly task: string;
  readonly audience: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** `jti` */
  readonly id: string;
}

/** Longest lifetime that the configuration can give. */
const maxLifetimeMs = 3_600_000;
const { clockSkewMs } = gatewayIssuer;

/** Tokens of tasks: access tokens of the gateway's own, for an agent that proved who it is and a task that it may use. */
export class TaskTokens {
  readonly #deps: TaskTokensDeps;
  readonly #keySet: KeySet;

  constructor(deps: TaskTokensDeps) {
    const { keys, clock, logger } = deps;
    this.#deps = deps;
    this.#keySet = createKeySet(() => keys.published(), ownKeyTiming, {
      clock,
      logger,
      issuer: "tasks of this gateway",
    });
  }

  /** As RFC 9068 has it. @throws Refusal internal while the address is not known */
  async mint({ source, task, audience, until, id }: TokenWish): Promise<string> {
    const { keys, clock, issuer } = this.#deps;
    const iss = issuer();
    if (iss === null) throw new Refusal("internal", { detail: "the listener's public URL is not known" });
    const { privateKey, kid } = await keys.current();
    const payload = {
      ...taskTokenClaims(source, task),
      iss,
      aud: audience,
      jti: id,
      iat: Math.floor(clock.now() / 1_000),
      exp: Math.floor(until / 1_000),
    };
    return jsonwebtoken.sign(JSON.stringify(payload), privateKey, {
      algorithm: "ES256",
      header: { alg: "ES256", typ: "at+jwt", kid },
    });
  }

  /** Null for a token that does not say that it is one of these. */
  verify(sent: SentToken, route: Route, issuers: TokenIssuers): Promise<VerifiedToken> | null {
    const issuer = this.#deps.issuer();
    if (issuer === null || statedIssuer(sent.token) !== issuer) return null;
    return this.#verify(sent, route, { issuer, issuers });
  }

  /**
   * Such a token is no better than the agent's own: the route must trust the issuer of that, and its key must still be published.
   * @throws Refusal token_*, keys_unavailable
   */
  async #verify(
    sent: SentToken,
    route: Route,
    { issuer, issuers }: { readonly issuer: string; readonly issuers: TokenIssuers },
  ): Promise<VerifiedToken> {
    const { clock } = this.#deps;
    const own = { ...taskIssuer, issuer, trust: issuer };
    const jws = readCompactJws(sent.token);
    const checked = await verifyJwt(jws, { issuer: own, keySet: this.#keySet }, route.audience, clock);
    const binding = keyBinding(checked.claims);
    const agent = agentIn(checked.claims, binding, checked.expiresAt);
    const source = await stillTrusted(agent, route, issuers, this.#deps.workloads);
    const { expiresAt, stillGood } = checked;
    rememberTokenValidity(agent.subject, {
      until: expiresAt * 1_000 + clockSkewMs,
      isKeyWithdrawn: () => checked.isKeyWithdrawn() || source.isKeyWithdrawn(),
    });
    return {
      subject: agent.subject,
      issuer: source.issuer,
      scheme: sent.scheme,
      binding,
      key: agent.key,
      ath: hash("sha256", sent.token, "base64url"),
      holds: (nowMs) => !isExpired(expiresAt, clockSkewMs, nowMs) && stillGood() && source.stillGood(),
    };
  }
}

const taskIssuer: Omit<TrustedIssuer, "issuer" | "trust"> = {
  ...gatewayIssuer,
  keys: { kind: "none" },
  maxLifetimeMs,
  claims: { ...gatewayIssuer.claims, task: "task" },
  dpop: { algorithms: ["ES256"], maxAgeMs: 60_000, nonce: false },
};

interface Source {
  readonly issuer: TrustedIssuer;
  readonly stillGood: () => boolean;
  readonly isKeyWithdrawn: () => boolean;
}

const unsigned = { stillGood: () => true, isKeyWithdrawn: () => false };

/** @throws Refusal token_issuer_unknown, token_key_unknown, keys_unavailable */
async function stillTrusted(
  { trust, key }: TaskTokenAgent,
  route: Route,
  issuers: TokenIssuers,
  workloads: readonly TrustedIssuer[],
): Promise<Source> {
  const unknown = new Refusal("token_issuer_unknown", { detail: `${trust} on route ${route.id}` });
  if (!route.issuers.includes(trust)) throw unknown;
  const workload = workloads.find((one) => one.trust === trust);
  if (workload !== undefined) return { issuer: workload, ...unsigned };
  const found = issuers.get(trust);
  if (found === undefined) throw unknown;
  if (key === null || !("keySet" in found)) return { issuer: found.issuer, ...unsigned };
  const { keySet } = found;
  if (!(await keySet.holds(key)))
    throw new Refusal("token_key_unknown", { detail: `of the agent's own token: ${trust}` });
  return {
    issuer: found.issuer,
    stillGood: () => keySet.stillHolds(key),
    isKeyWithdrawn: () => keySet.isWithdrawn(key),
  };
}

/** `iss` before anything is verified: it only says by whose keys the token is to be verified. */
function statedIssuer(token: string): unknown {
  return statedClaims(token)?.["iss"];
}

/** The claims of a JWT of which nothing is verified; null for any other token. */
export function statedClaims(token: string): Readonly<Record<string, unknown>> | null {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return null;
  try {
    const claims: unknown = parseJson(Buffer.from(payload, "base64url").toString());
    return typeof claims === "object" && claims !== null ? (claims as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
