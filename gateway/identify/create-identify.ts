import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Ids } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { TrustedIssuer } from "../domain/trusted-issuer.ts";
import { createClientCertificates } from "./certificate/client-certificate.ts";
import type { CertificateTrust } from "./certificate/trust.ts";
import { createIdentifyWorkload } from "./certificate/workload.ts";
import { authorizationHeader, challenged } from "./credential.ts";
import { createProofs, type Proofs } from "./dpop/proofs.ts";
import { provePossession } from "./possession.ts";
import { proofAlgorithms, type ResourceMetadata } from "./resource-metadata.ts";
import { type IssuerDeps, tokenIssuers } from "./token/issuers.ts";
import { type VerifiedToken, createTokenVerifier } from "./token/verify-token.ts";

export interface IdentifyDeps extends IssuerDeps {
  readonly issuers: readonly TrustedIssuer[];
  readonly ids: Ids;
  /** Public origin of a route, scheme://host[:port]; null while it is not known. */
  readonly originOf: (route: Route) => string | null;
  readonly trust: CertificateTrust;
  readonly metadata: Pick<ResourceMetadata, "urlOf">;
  /** DPoP proofs remembered against replay. */
  readonly maxProofs: number;
}

/** `res` is where a caller whose DPoP nonce is getting old finds the next one (RFC 9449 §8.2). */
type IdentifiedExchange = Pick<Exchange, "req"> & Partial<Pick<Exchange, "res">>;

/**
 * Finds out who calls. Returns the subject itself for a cached token that is bound to no key, else a promise; a refusal
 * rejects.
 * @throws Refusal with a credential_*, token_*, proof_*, certificate_* or *_unavailable code; a 401 carries its challenge
 */
export type Identify = (exchange: IdentifiedExchange, call: Pick<ToolCall, "route">) => Subject | Promise<Subject>;

export function createIdentify(deps: IdentifyDeps): Identify {
  const { clock, ids, issuers, metadata, maxProofs } = deps;
  const proofs = createProofs({ clock, ids, max: maxProofs });
  const callerOf = createCallerOf(deps, proofs);

  function refusalWithChallenge({ req }: IdentifiedExchange, route: Route, thrown: unknown): Refusal {
    const algorithms = proofAlgorithms(route, issuers);
    const facts = { req, algorithms, metadata: metadata.urlOf(route), nonce: () => proofs.nonce() };
    return challenged(asRefusal(thrown), facts);
  }

  return function identify(exchange, { route }) {
    const refused = (thrown: unknown): Promise<never> => Promise.reject(refusalWithChallenge(exchange, route, thrown));
    try {
      const subject = callerOf(exchange, route);
      return subject instanceof Promise ? subject.catch(refused) : subject;
    } catch (thrown) {
      return refused(thrown);
    }
  };
}

type CallerOf = (exchange: IdentifiedExchange, route: Route) => Subject | Promise<Subject>;

/** Identifies the caller by token, else by client certificate. Its refusals carry no challenge yet. */
function createCallerOf(deps: IdentifyDeps, proofs: Proofs): CallerOf {
  const { issuers, trust, clock, originOf } = deps;
  const clientCertificate = createClientCertificates();
  const identifyWorkload = createIdentifyWorkload({ issuers, trust, clock, clientCertificate });
  const verified = createTokenVerifier({ clock, issuers: tokenIssuers(issuers, deps) });
  const possession = { proofs, originOf, clientCertificate, clientCa: trust.clientCa };

  function proven({ req, res }: IdentifiedExchange, route: Route, token: VerifiedToken): Subject | Promise<Subject> {
    const nonceIsOld = provePossession(req, token, route, possession);
    const subjectWithNonce = (old: boolean): Subject => {
      if (old && res?.headersSent === false) res.setHeader("DPoP-Nonce", proofs.nonce());
      return token.subject;
    };
    return nonceIsOld instanceof Promise ? nonceIsOld.then(subjectWithNonce) : subjectWithNonce(nonceIsOld);
  }

  return function callerOf(exchange, route) {
    const header = authorizationHeader(exchange.req);
    if (header === null) {
      const subject = identifyWorkload(exchange.req.socket, route);
      if (subject === null) throw new Refusal("credential_missing");
      return subject;
    }
    const token = verified(exchange.req.socket, header, route);
    return token instanceof Promise
      ? token.then((fresh) => proven(exchange, route, fresh))
      : proven(exchange, route, token);
  };
}
