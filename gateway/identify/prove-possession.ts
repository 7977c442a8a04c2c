import type { IncomingMessage } from "node:http";
import { Refusal } from "../domain/errors.ts";
import { firstHeader } from "../lib/raw-headers.ts";
import type { Route } from "../domain/route.ts";
import { clientCertificate } from "./certificate/client-certificate.ts";
import { pathAsked } from "./dpop/target-uri.ts";
import type { Proofs } from "./dpop/proofs.ts";
import type { VerifiedToken } from "./token-cache.ts";

export interface PossessionOptions {
  readonly proofs: Proofs;
  /** Public origin of a route; null while it is not known. */
  readonly originOf: (route: Route) => string | null;
  /** Certificates that lead to no authority of this listener are refused. */
  readonly clientCa: boolean;
}

/**
 * Whether this very call proves the key its token is bound to. Asked for every call, also when the token is a cached one.
 * A bound token sent as Bearer without its proof is a stolen one (RFC 9449 §7.2, RFC 8705 §3).
 * @returns whether the caller should be told a newer DPoP nonce
 * @throws Refusal token_proof_missing, token_proof_required, proof_*, certificate_invalid, credential_malformed
 */
export function provePossession(
  req: IncomingMessage,
  { subject, scheme, binding, ath, issuer }: VerifiedToken,
  route: Route,
  options: PossessionOptions,
): boolean | Promise<boolean> {
  if (scheme === "bearer" && firstHeader(req.rawHeaders, "dpop") !== undefined)
    throw new Refusal("credential_malformed", { hint: "a DPoP proof beside Authorization: Bearer" });
  if (binding === null) return unbound(scheme, route);
  if (scheme === "bearer" && binding.jkt !== null)
    throw new Refusal("token_proof_missing", { hint: "send it as Authorization: DPoP with a proof" });
  if (binding.x5t !== null) proveCertificate(req, binding.x5t, options.clientCa);
  if (scheme === "bearer") return false;
  if (binding.jkt === null) throw new Refusal("proof_key", { hint: "it is bound to a certificate; send it as Bearer" });
  const origin = options.originOf(route);
  if (origin === null) throw new Refusal("internal", { detail: "the listener's public URL is not known" });
  const nonce = route.proof?.dpopNonce ?? issuer.dpop.nonce;
  const rules = { ...issuer.dpop, clockSkewMs: issuer.clockSkewMs, nonce };
  return options.proofs.check(
    req,
    { subject, jkt: binding.jkt },
    { origin, path: pathAsked(req.url ?? ""), ath },
    rules,
  );
}

/** RFC 9449 §7.1: as DPoP, a token without a key proves nothing. */
function unbound(scheme: VerifiedToken["scheme"], route: Route): false {
  if (scheme === "dpop") throw new Refusal("proof_key", { hint: "it is bound to no key; send it as Bearer" });
  if (route.proof?.required === true) throw new Refusal("token_proof_required");
  return false;
}

function proveCertificate(req: IncomingMessage, x5t: string, clientCa: boolean): void {
  const certificate = clientCertificate(req.socket);
  if (certificate === null)
    throw new Refusal("token_proof_missing", { hint: "it needs the client certificate that it was issued to" });
  if (certificate.weakness !== null)
    throw new Refusal("certificate_invalid", { hint: "its key is too weak", detail: certificate.weakness });
  if (certificate.x5t !== x5t) throw new Refusal("proof_key", { hint: "another client certificate" });
  if (clientCa && !certificate.authorized)
    throw new Refusal("certificate_invalid", { hint: "it does not lead to an authority that is trusted here" });
}
