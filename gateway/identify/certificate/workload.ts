import type { Socket } from "node:net";
import { Refusal } from "../../domain/errors.ts";
import type { Clock } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import type { Subject, SpiffeId } from "../../domain/subject.ts";
import { deepFreeze } from "../../lib/json.ts";
import { rolesOf } from "../token/subject.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import type { ClientCertificate, ClientCertificateOf, Bundle, CertificateTrust } from "./trust.ts";
import { checkSvid, readSvid } from "./x509-svid.ts";

export interface WorkloadDeps {
  readonly issuers: readonly TrustedIssuer[];
  readonly trust: CertificateTrust;
  readonly clock: Clock;
  readonly clientCertificate: ClientCertificateOf;
}

/**
 * The SPIFFE workload whose client certificate this connection has; null when there is none or the route trusts only tokens.
 * @throws Refusal certificate_invalid
 */
export type IdentifyWorkload = (socket: Socket, route: Route) => Subject | null;

interface Seen {
  readonly bundle: Bundle;
  readonly subject: Subject;
}

export function createIdentifyWorkload(deps: WorkloadDeps): IdentifyWorkload {
  const { trust, clock, clientCertificate } = deps;
  const issuers = new Map(deps.issuers.flatMap((one) => (one.kind === "spiffe-x509" ? [[one.trust, one]] : [])));
  const seen = new WeakMap<Socket, Seen>();

  return function identifyWorkload(socket, route) {
    if (!route.issuers.some((name) => issuers.has(name))) return null;
    const certificate = clientCertificate(socket);
    if (certificate === null) return null;
    const id = readSvid(certificate.leaf);
    const name = `spiffe-x509:spiffe://${id.trustDomain}`;
    const issuer = route.issuers.includes(name) ? issuers.get(name) : undefined;
    const bundle = trust.bundleOf(name);
    if (issuer === undefined || bundle === null)
      throw new Refusal("certificate_invalid", { hint: `this route does not trust spiffe://${id.trustDomain}` });
    checkSvid(certificate, bundle, trust.soleBundle, clock.now());
    const known = seen.get(socket);
    // OpenSSL checked the handshake against the authorities that were configured at that time.
    if (known !== undefined && known.bundle !== bundle)
      throw new Refusal("certificate_invalid", { hint: "the trusted authorities have changed; open a new connection" });
    const subject = known?.subject ?? subjectOf(id, certificate, issuer);
    seen.set(socket, { bundle, subject });
    return subject;
  };
}

function subjectOf({ id }: SpiffeId, { leaf, x5t }: ClientCertificate, issuer: TrustedIssuer): Subject {
  return deepFreeze({
    type: issuer.subjectType,
    id,
    issuer: issuer.issuer,
    clientId: null,
    roles: rolesOf(issuer, id),
    scopes: [],
    claims: {},
    claimsOmitted: [],
    proof: { method: "mtls", key: x5t },
    actingFor: null,
    owner: null,
    actorChain: [],
    session: null,
    purpose: null,
    taskText: null,
    task: null,
    expiresAt: Math.floor(leaf.validToDate.getTime() / 1000),
    token: null,
  } satisfies Subject);
}
