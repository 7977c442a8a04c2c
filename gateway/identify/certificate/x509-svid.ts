import type { X509Certificate } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import { readSpiffeId, type SpiffeId } from "../../domain/spiffe-id.ts";
import type { ClientCertificate } from "./client-certificate.ts";
import { keyUsageOf } from "./key-usage.ts";
import type { Bundle } from "./trust.ts";

/**
 * The name in a workload's certificate: https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md
 * §2: exactly one URI SAN, which is a SPIFFE ID. §4: a leaf is no CA, may sign messages and neither certificates nor CRLs.
 * @throws Refusal certificate_invalid
 */
export function readSvid(leaf: X509Certificate): SpiffeId {
  const uris = uriNames(leaf.subjectAltName ?? "");
  const id = uris.length === 1 ? readSpiffeId(uris[0]) : null;
  if (id === null) throw invalid("it names no workload: exactly one URI, a SPIFFE ID, is needed");
  if (leaf.ca) throw invalid("it is the certificate of an authority");
  const usage = usageOf(leaf);
  if (usage?.digitalSignature !== true || usage.keyCertSign || usage.cRLSign)
    throw invalid("its key usage is not that of a workload");
  return id;
}

/** §5: the path must end in the trust domain's own bundle, another domain's authority cannot vouch for it. */
export function checkSvid(certificate: ClientCertificate, bundle: Bundle, sole: boolean, nowMs: number): void {
  const { leaf, authorized, weakness } = certificate;
  if (weakness !== null) throw invalid("its key is too weak", weakness);
  if (leaf.validFromDate.getTime() > nowMs || leaf.validToDate.getTime() <= nowMs)
    throw invalid("it is not valid at this time");
  if (!authorized) throw invalid("it does not lead to an authority that is trusted here");
  if (sole || bundle.certificates.some((authority) => issued(authority, leaf))) return;
  throw invalid(
    "no authority of its trust domain issued it",
    "with several bundles an intermediate must be in its own",
  );
}

function issued(authority: X509Certificate, leaf: X509Certificate): boolean {
  return authority.ca && leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

/** Node writes a name with commas or quotes in it as a JSON text; none of those is a SPIFFE ID, but each counts as a URI. */
function uriNames(subjectAltName: string): string[] {
  const names = subjectAltName.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return names.map((name) => name.trim()).flatMap((name) => (name.startsWith("URI:") ? [name.slice(4)] : []));
}

function usageOf(leaf: X509Certificate) {
  try {
    return keyUsageOf(leaf.raw);
  } catch (failure) {
    throw invalid("it cannot be read", String(failure));
  }
}

function invalid(hint: string, detail?: string): Refusal {
  return new Refusal("certificate_invalid", {
    hint,
    ...(detail === undefined ? {} : { detail: `${hint}: ${detail}` }),
  });
}
