import type { IncomingMessage } from "node:http";
import { Refusal, asRefusal } from "../domain/errors.ts";
import type { Route } from "../domain/route.ts";
import { firstHeader } from "../lib/request-headers.ts";
import { type ClientCertificateOf, createClientCertificates, type CertificateTrust } from "./certificate/trust.ts";
import { type Proofs, createProofs } from "./dpop/proofs.ts";
import type { SharedProofs } from "./dpop/shared-proofs.ts";
import { type ProvenCall, requestPath } from "./dpop/verify-proof.ts";
import type { SentTokens } from "./token/sent-tokens.ts";
import {
  type VerifiedToken,
  createTokenVerifier,
  type IssuerDeps,
  keyFindings,
  type TokenIssuers,
  tokenIssuers,
} from "./token/verify-token.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Finding, Ids } from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { TrustedIssuer } from "../domain/trusted-issuer.ts";
import type { TaskTokenSource } from "./task-token/claims.ts";
import type { TaskTokens } from "./task-token/task-tokens.ts";
import { createIdentifyWorkload } from "./certificate/workload.ts";
import { authorizationHeader, challenged } from "./credential.ts";
import type { AssertGrant } from "./ended-grant.ts";
import { proofAlgorithms, type ResourceMetadata } from "./resource-metadata.ts";

export interface IdentifyDeps extends IssuerDeps {
  readonly issuers: readonly TrustedIssuer[];
  readonly ids: Ids;
  /** Public origin of a route, scheme://host[:port]; null while it is not known. */
  readonly originOf: (route: Route) => string | null;
  readonly trust: CertificateTrust;
  readonly metadata: Pick<ResourceMetadata, "urlOf">;
  /** DPoP proofs remembered against replay. */
  readonly maxProofs: number;
  /** What processes of one store share of them; null where the store is a file. */
  readonly sharedProofs: SharedProofs | null;
  /** The gateway's own tokens, of tasks; absent where there are none. */
  readonly tasks?: TaskTokens;
  /** Gets the tokens whose issuer is asked again; absent: none is. */
  readonly sentTokens?: Pick<SentTokens, "remember">;
  /** Looks at tokens of the gateway's own authorization server; absent where there is none. */
  readonly assertGrant?: AssertGrant;
}

/**
 * `res` is where a caller whose DPoP nonce is getting old finds the next one (RFC 9449 §8.2); `context` is where the record of a refusal
 * finds whose token has ended.
 */
type IdentifiedExchange = Pick<Exchange, "req"> & Partial<Pick<Exchange, "res" | "context">>;

/**
 * Finds out who calls. Returns the subject itself for a cached token that is bound to no key, else a promise; a refusal
 * rejects.
 * @throws Refusal with a credential_*, token_*, proof_*, certificate_* or *_unavailable code; a 401 carries its challenge
 */
export type Identify = (exchange: IdentifiedExchange, call: IdentifiedCall) => Subject | Promise<Subject>;

interface IdentifiedCall extends Pick<ToolCall, "route"> {
  /** The token did not come as a header: it stands in the body of a token request (RFC 8693 §2.1). */
  readonly tokenInBody?: boolean;
}

interface Identification {
  readonly identify: Identify;
  /** What vouched for a caller that `identify` has found, for a token of the gateway's own. */
  readonly sourceOf: (subject: Subject) => TaskTokenSource;
  /** Issuers whose keys cannot be had. */
  readonly findings: () => readonly Finding[];
}

export function createIdentify(deps: IdentifyDeps): Identification {
  const { clock, ids, issuers, metadata, maxProofs, sharedProofs } = deps;
  const proofs = createProofs({ clock, ids, max: maxProofs, shared: sharedProofs });
  const tokens = new WeakMap<Subject, VerifiedToken>();
  const opened = tokenIssuers(issuers, deps);
  const callerOf = createCallerOf({ ...deps, opened }, proofs, tokens);

  function refusalWithChallenge({ req }: IdentifiedExchange, route: Route, thrown: unknown): Refusal {
    const algorithms = proofAlgorithms(route, issuers);
    const { scopes } = route;
    const facts = { req, algorithms, scopes, metadata: metadata.urlOf(route), nonce: () => proofs.nonce() };
    return challenged(asRefusal(thrown), facts);
  }

  return {
    findings: () => keyFindings(opened),
    identify(exchange, { route, tokenInBody = false }) {
      const refused = (thrown: unknown): Promise<never> =>
        Promise.reject(refusalWithChallenge(exchange, route, thrown));
      try {
        const subject = callerOf(exchange, route, tokenInBody);
        return subject instanceof Promise ? subject.catch(refused) : subject;
      } catch (thrown) {
        return refused(thrown);
      }
    },
    sourceOf(subject) {
      const token = tokens.get(subject);
      if (token !== undefined) return { subject, trust: token.issuer.trust, key: token.key, binding: token.binding };
      // A certificate, whose key the new token is bound to.
      return {
        subject,
        trust: `spiffe-x509:${subject.issuer}`,
        key: null,
        binding: { jkt: null, x5t: subject.proof.key },
      };
    },
  };
}

type CallerOf = (exchange: IdentifiedExchange, route: Route, tokenInBody: boolean) => Subject | Promise<Subject>;

/** Identifies the caller by token, else by client certificate. Its refusals carry no challenge yet. */
function createCallerOf(
  deps: IdentifyDeps & { readonly opened: TokenIssuers },
  proofs: Proofs,
  tokens: WeakMap<Subject, VerifiedToken>,
): CallerOf {
  const { issuers, trust, clock, originOf } = deps;
  const clientCertificate = createClientCertificates();
  const identifyWorkload = createIdentifyWorkload({ issuers, trust, clock, clientCertificate });
  const verified = createTokenVerifier({ ...deps, issuers: deps.opened });
  const possession = { proofs, originOf, clientCertificate, clientCa: trust.clientCa };

  function proven(
    { req, res, context }: IdentifiedExchange,
    token: VerifiedToken,
    use: TokenUse,
  ): Subject | Promise<Subject> {
    const nonceIsOld = provePossession(req, token, use, possession);
    const subjectWithNonce = (old: boolean): Subject | Promise<Subject> => {
      if (old && res?.headersSent === false) res.setHeader("DPoP-Nonce", proofs.nonce());
      return granted(token.subject, context, deps.assertGrant);
    };
    return nonceIsOld instanceof Promise ? nonceIsOld.then(subjectWithNonce) : subjectWithNonce(nonceIsOld);
  }

  function fresh(exchange: IdentifiedExchange, token: VerifiedToken, use: TokenUse): Subject | Promise<Subject> {
    tokens.set(token.subject, token);
    return proven(exchange, token, use);
  }

  return function callerOf(exchange, route, mayOmitAth) {
    const header = authorizationHeader(exchange.req);
    if (header === null) {
      const subject = identifyWorkload(exchange.req.socket, route);
      if (subject === null) throw new Refusal("credential_missing");
      return subject;
    }
    const token = verified(exchange.req.socket, header, route);
    return token instanceof Promise
      ? token.then((verifiedNow) => fresh(exchange, verifiedNow, { route, mayOmitAth }))
      : proven(exchange, token, { route, mayOmitAth });
  };
}

/** Rejects with Refusal token_ended; the record of it then says whose token it was. */
function granted(
  subject: Subject,
  context: IdentifiedExchange["context"],
  assertGrant: AssertGrant = () => null,
): Subject | Promise<Subject> {
  const asserting = assertGrant(subject);
  if (asserting === null) return subject;
  if (context !== undefined) context.subject = subject;
  return asserting.then(() => subject);
}

/** Where a token is used. */
type TokenUse = Pick<ProvenCall, "mayOmitAth"> & { readonly route: Route };

interface PossessionDeps {
  readonly proofs: Pick<Proofs, "check">;
  /** Public origin of a route; null while it is not known. */
  readonly originOf: (route: Route) => string | null;
  readonly clientCertificate: ClientCertificateOf;
  /** Certificates that lead to no authority of this listener are refused. */
  readonly clientCa: boolean;
}

/**
 * Checks that this call proves possession of the key its token is bound to. Runs for every call, also for a cached
 * token. A bound token sent as Bearer without its proof counts as stolen (RFC 9449 §7.2, RFC 8705 §3).
 * @returns whether the answer should carry a newer DPoP nonce
 * @throws Refusal token_proof_missing, token_proof_required, proof_*, certificate_invalid, credential_malformed
 */
export function provePossession(
  req: IncomingMessage,
  { subject, scheme, binding, ath, issuer }: VerifiedToken,
  { route, mayOmitAth }: TokenUse,
  deps: PossessionDeps,
): boolean | Promise<boolean> {
  if (scheme === "bearer" && firstHeader(req.rawHeaders, "dpop") !== undefined)
    throw new Refusal("credential_malformed", { hint: "a DPoP proof beside Authorization: Bearer" });
  if (binding === null) return unbound(scheme, route);
  if (scheme === "bearer" && binding.jkt !== null)
    throw new Refusal("token_proof_missing", { hint: "send it as Authorization: DPoP with a proof" });
  if (binding.x5t !== null) proveCertificate(req, binding.x5t, deps);
  if (scheme === "bearer") return false;
  if (binding.jkt === null) throw new Refusal("proof_key", { hint: "it is bound to a certificate; send it as Bearer" });
  const origin = deps.originOf(route);
  if (origin === null) throw new Refusal("internal", { detail: "the listener's public URL is not known" });
  const nonce = route.proof?.dpopNonce ?? issuer.dpop.nonce;
  const rules = { ...issuer.dpop, clockSkewMs: issuer.clockSkewMs, nonce };
  return deps.proofs.check(
    req,
    { subject, jkt: binding.jkt },
    { origin, path: requestPath(req.url ?? ""), ath, mayOmitAth },
    rules,
  );
}

/** RFC 9449 §7.1: a token without a key must not be sent as DPoP. */
function unbound(scheme: VerifiedToken["scheme"], route: Route): false {
  if (scheme === "dpop") throw new Refusal("proof_key", { hint: "it is bound to no key; send it as Bearer" });
  if (route.proof?.required === true) throw new Refusal("token_proof_required");
  return false;
}

function proveCertificate(req: IncomingMessage, x5t: string, { clientCertificate, clientCa }: PossessionDeps): void {
  const certificate = clientCertificate(req.socket);
  if (certificate === null)
    throw new Refusal("token_proof_missing", { hint: "it needs the client certificate that it was issued to" });
  if (certificate.weakness !== null)
    throw new Refusal("certificate_invalid", { hint: "its key is too weak", detail: certificate.weakness });
  if (certificate.x5t !== x5t) throw new Refusal("proof_key", { hint: "another client certificate" });
  if (clientCa && !certificate.authorized)
    throw new Refusal("certificate_invalid", { hint: "it does not lead to an authority that is trusted here" });
}
