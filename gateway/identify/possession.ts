import type { IncomingMessage } from "node:http";
import { Refusal } from "../domain/errors.ts";
import type { Route } from "../domain/route.ts";
import { firstHeader } from "../lib/request-headers.ts";
import type { ClientCertificateOf } from "./certificate/client-certificate.ts";
import type { Proofs } from "./dpop/proofs.ts";
import { requestPath } from "./dpop/verify-proof.ts";
import type { VerifiedToken } from "./token/verify-token.ts";

interface PossessionDeps {
  readonly proofs: Proofs;
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
  route: Route,
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
    { origin, path: requestPath(req.url ?? ""), ath },
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
