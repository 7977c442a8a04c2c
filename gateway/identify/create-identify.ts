import { hash } from "node:crypto";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Ids } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { CertificateTrust } from "./certificate/trust.ts";
import { workloads } from "./certificate/workload.ts";
import { challenged } from "./challenge.ts";
import { authorizationHeader, readCredential } from "./credential.ts";
import { createProofs } from "./dpop/proofs.ts";
import { provePossession } from "./prove-possession.ts";
import { proofAlgorithms, type ResourceMetadata } from "./resource-metadata.ts";
import { createTokenCache, type VerifiedToken } from "./token-cache.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";
import { type Surroundings, trustedIssuers } from "./trusted-issuers.ts";
import { verifyToken } from "./verify-token.ts";

export interface IdentifyOptions extends Surroundings {
  readonly issuers: readonly TrustedIssuer[];
  readonly ids: Ids;
  /** Public origin of a route, scheme://host[:port]; null while it is not known. */
  readonly originOf: (route: Route) => string | null;
  readonly trust: CertificateTrust;
  readonly metadata: Pick<ResourceMetadata, "urlOf">;
  /** Verified tokens kept; default 10,000. */
  readonly maxCached?: number;
  /** DPoP proofs remembered; default 200,000. */
  readonly maxProofs?: number;
  /** Raised whenever something was revoked: every token is then verified anew. Default: always 0. */
  readonly epoch?: () => number;
  /** Asked at each verification. Default: nothing is revoked. */
  readonly revoked?: (caller: {
    readonly issuer: string;
    readonly subject: string;
    readonly claims: JsonObject;
  }) => boolean;
}

/** @throws Refusal with a credential_*, token_*, proof_*, certificate_* or *_unavailable code; a 401 carries its challenge */
export type Identify = (
  exchange: Pick<Exchange, "req"> & Partial<Pick<Exchange, "res">>,
  call: Pick<ToolCall, "route">,
) => Promise<Subject>;

export function createIdentify(options: IdentifyOptions): Identify {
  const { clock, ids, issuers, trust, metadata, originOf } = options;
  const revoked = options.revoked ?? (() => false);
  const proofs = createProofs({ clock, ids, max: options.maxProofs ?? 200_000 });
  const workload = workloads({ issuers, trust, clock, revoked });
  const verified = createVerify(options, revoked);
  const possession = { proofs, originOf, clientCa: trust.clientCa };

  async function whoCalls({ req, res }: Parameters<Identify>[0], route: Route): Promise<Subject> {
    const header = authorizationHeader(req);
    if (header === null) {
      const subject = workload(req.socket, route);
      if (subject === null) throw new Refusal("credential_missing");
      return subject;
    }
    const token = await verified(header, route);
    const stale = await provePossession(req, token, route, possession);
    if (stale && res?.headersSent === false) res.setHeader("DPoP-Nonce", proofs.nonce());
    return token.subject;
  }

  return async function identify(exchange, { route }) {
    try {
      return await whoCalls(exchange, route);
    } catch (thrown) {
      const algorithms = proofAlgorithms(route, issuers);
      const facts = { req: exchange.req, algorithms, metadata: metadata.urlOf(route), nonce: () => proofs.nonce() };
      throw challenged(asRefusal(thrown), facts);
    }
  };
}

/** Verifies a token, or remembers that it was; what each call must prove is not part of it. */
function createVerify(options: IdentifyOptions, revoked: NonNullable<IdentifyOptions["revoked"]>) {
  const epoch = options.epoch ?? (() => 0);
  const cache = createTokenCache({ max: options.maxCached ?? 10_000, nowMs: () => options.clock.now(), epoch });
  const checkers = trustedIssuers(options.issuers, options);
  const scopes = new WeakMap<Route, string>();

  /** All that a verification depends on besides the token: the same token on another route is another question. */
  function scopeOf(route: Route): string {
    const known = scopes.get(route);
    if (known !== undefined) return known;
    const scope = hash("sha256", JSON.stringify([route.audience, route.issuers]), "base64url");
    scopes.set(route, scope);
    return scope;
  }

  return async function verified(header: string, route: Route): Promise<VerifiedToken> {
    const key = scopeOf(route) + hash("sha256", header, "base64url");
    const cached = cache.get(key);
    if (cached !== null) return cached;
    const startedIn = epoch();
    const fresh = await verifyToken(readCredential(header), route, { ...options, checkers, revoked });
    cache.set(key, fresh, startedIn);
    return fresh;
  };
}
