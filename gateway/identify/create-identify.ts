import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { callerAddress } from "../lib/caller-address.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { JsonObject } from "../lib/json.ts";
import { oncePer } from "../lib/once-per.ts";
import type { Ids } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { CertificateTrust } from "./certificate/trust.ts";
import { workloads } from "./certificate/workload.ts";
import { challenged } from "./challenge.ts";
import { authorizationHeader, readCredential } from "./credential.ts";
import { createProofs, type Proofs } from "./dpop/proofs.ts";
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

type Asking = Pick<Exchange, "req"> & Partial<Pick<Exchange, "res">>;

/**
 * A known token that is bound to no key is answered for at once, everything else when it was checked; a refusal rejects.
 * @throws Refusal with a credential_*, token_*, proof_*, certificate_* or *_unavailable code; a 401 carries its challenge
 */
export type Identify = (asking: Asking, call: Pick<ToolCall, "route">) => Subject | Promise<Subject>;

export function createIdentify(options: IdentifyOptions): Identify {
  const { clock, ids, issuers, metadata } = options;
  const proofs = createProofs({ clock, ids, max: options.maxProofs ?? 200_000 });
  const whoCalls = callers(options, proofs);

  function refusedFor({ req }: Asking, route: Route, thrown: unknown): Refusal {
    const algorithms = proofAlgorithms(route, issuers);
    const facts = { req, algorithms, metadata: metadata.urlOf(route), nonce: () => proofs.nonce() };
    return challenged(asRefusal(thrown), facts);
  }

  return function identify(asking, { route }) {
    const refused = (thrown: unknown): Promise<never> => Promise.reject(refusedFor(asking, route, thrown));
    try {
      const subject = whoCalls(asking, route);
      return subject instanceof Promise ? subject.catch(refused) : subject;
    } catch (thrown) {
      return refused(thrown);
    }
  };
}

/** By token or by client certificate; throws or rejects without the challenge that belongs to a refusal. */
function callers(options: IdentifyOptions, proofs: Proofs) {
  const { issuers, trust, clock, originOf } = options;
  const revoked = options.revoked ?? (() => false);
  const workload = workloads({ issuers, trust, clock, revoked });
  const verified = createVerify(options, revoked);
  const possession = { proofs, originOf, clientCa: trust.clientCa };

  function proven({ req, res }: Asking, route: Route, token: VerifiedToken): Subject | Promise<Subject> {
    const stale = provePossession(req, token, route, possession);
    const told = (again: boolean): Subject => {
      if (again && res?.headersSent === false) res.setHeader("DPoP-Nonce", proofs.nonce());
      return token.subject;
    };
    return stale instanceof Promise ? stale.then(told) : told(stale);
  }

  return function whoCalls(asking: Asking, route: Route): Subject | Promise<Subject> {
    const header = authorizationHeader(asking.req);
    if (header === null) {
      const subject = workload(asking.req.socket, route);
      if (subject === null) throw new Refusal("credential_missing");
      return subject;
    }
    const token = verified(asking.req, header, route);
    return token instanceof Promise
      ? token.then((fresh) => proven(asking, route, fresh))
      : proven(asking, route, token);
  };
}

/** Verifies a token, or remembers that it was; what each call must prove is not part of it. */
function createVerify(options: IdentifyOptions, revoked: NonNullable<IdentifyOptions["revoked"]>) {
  const epoch = options.epoch ?? (() => 0);
  const cache = createTokenCache({ max: options.maxCached ?? 10_000, clock: options.clock, epoch });
  const checkers = trustedIssuers(options.issuers, options);
  /** All that a verification depends on besides the token: the same token on another route is another question. */
  const scopeOf = oncePer(({ audience, issuers }: Route) =>
    hash("sha256", JSON.stringify([audience, issuers]), "base64url"),
  );

  async function verify(key: string, header: string, route: Route, socket: Socket): Promise<VerifiedToken> {
    const startedIn = epoch();
    const sent = { ...readCredential(header), address: callerAddress(socket.remoteAddress) };
    const fresh = await verifyToken(sent, route, { ...options, checkers, revoked });
    cache.set(key, fresh, startedIn);
    return fresh;
  }

  return function verified(
    { socket }: IncomingMessage,
    header: string,
    route: Route,
  ): VerifiedToken | Promise<VerifiedToken> {
    const key = keyOn(socket, scopeOf(route), header);
    return cache.get(key) ?? verify(key, header, route, socket);
  };
}

interface Sent {
  readonly header: string;
  readonly scope: string;
  readonly key: string;
}

const lastSent = new WeakMap<object, Sent>();

/**
 * The scope and SHA-256 of the header, base64url. A caller sends the same again on its connection; beyond that no token is
 * kept as text.
 */
function keyOn(connection: object, scope: string, header: string): string {
  const last = lastSent.get(connection);
  if (last?.header === header && last.scope === scope) return last.key;
  const key = scope + hash("sha256", header, "base64url");
  lastSent.set(connection, { header, scope, key });
  return key;
}
