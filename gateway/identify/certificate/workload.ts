import type { Socket } from "node:net";
import { Refusal } from "../../domain/errors.ts";
import type { Clock } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import type { Subject } from "../../domain/subject.ts";
import { freeze, rolesOf } from "../subject-of.ts";
import type { SpiffeId } from "../../domain/spiffe-id.ts";
import type { TrustedIssuer } from "../trusted-issuer.ts";
import { type ClientCertificate, clientCertificate } from "./client-certificate.ts";
import type { Bundle, CertificateTrust } from "./trust.ts";
import { checkSvid, readSvid } from "./x509-svid.ts";

export interface WorkloadOptions {
  readonly issuers: readonly TrustedIssuer[];
  readonly trust: CertificateTrust;
  readonly clock: Clock;
  readonly revoked: (caller: { readonly issuer: string; readonly subject: string; readonly claims: {} }) => boolean;
}

/** Callers that are known by their client certificate alone; null when there is none or the route wants a token. */
export type Workload = (socket: Socket, route: Route) => Subject | null;

interface Seen {
  readonly bundle: Bundle;
  readonly subject: Subject;
}

/** @throws Refusal certificate_invalid, token_revoked (thrown by the returned function) */
export function workloads(options: WorkloadOptions): Workload {
  const { trust, clock, revoked } = options;
  const issuers = new Map(options.issuers.flatMap((one) => (one.kind === "spiffe-x509" ? [[one.trust, one]] : [])));
  const seen = new WeakMap<Socket, Seen>();

  return function workload(socket, route) {
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
    // OpenSSL looked at the handshake; authorities that have changed since must look again.
    if (known !== undefined && known.bundle !== bundle)
      throw new Refusal("certificate_invalid", { hint: "the trusted authorities have changed; open a new connection" });
    const subject = known?.subject ?? subjectOf(id, certificate, issuer);
    seen.set(socket, { bundle, subject });
    if (revoked({ issuer: issuer.issuer, subject: id.id, claims: {} })) throw new Refusal("token_revoked");
    return subject;
  };
}

function subjectOf({ id }: SpiffeId, { leaf, x5t }: ClientCertificate, issuer: TrustedIssuer): Subject {
  return freeze({
    type: issuer.subjectType,
    id,
    issuer: issuer.issuer,
    clientId: null,
    roles: rolesOf(issuer, id),
    scopes: [],
    claims: {},
    proof: { method: "mtls", key: x5t },
    actingFor: null,
    owner: null,
    actorChain: [],
    session: null,
    purpose: null,
    expiresAt: Math.floor(leaf.validToDate.getTime() / 1000),
  } satisfies Subject);
}
