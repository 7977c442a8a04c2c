import type { X509Certificate } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import { readSpiffeId, type SpiffeId } from "../../domain/subject.ts";
import type { ClientCertificate, Bundle } from "./trust.ts";

/**
 * The SPIFFE ID in a workload's certificate: https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md
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

/**
 * §5: the certificate path must end in the trust domain's own bundle, never in another domain's.
 * @param sole the listener trusts this bundle alone, so that OpenSSL's check is enough
 * @throws Refusal certificate_invalid
 */
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

/** Node writes a name with commas or quotes as a JSON text; such a name is no SPIFFE ID, but it counts as a URI. */
function uriNames(subjectAltName: string): string[] {
  const names = subjectAltName.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return names.map((name) => name.trim()).flatMap((name) => (name.startsWith("URI:") ? [name.slice(4)] : []));
}

function usageOf(leaf: X509Certificate): KeyUsage | null {
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

/** Bits of KeyUsage that matter here (RFC 5280 §4.2.1.3). */
interface KeyUsage {
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly cRLSign: boolean;
}

const keyUsageOid = Buffer.from([0x55, 0x1d, 0x0f]);
const extensionsTag = 0xa3;
const octetString = 0x04;
const bitString = 0x03;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/**
 * KeyUsage of a certificate that OpenSSL has already parsed, from its DER; null when it has none. Node's own
 * `X509Certificate.keyUsage` is the extended one.
 * @throws Error when the DER is not what a certificate is
 */
export function keyUsageOf(certificate: Buffer): KeyUsage | null {
  const [whole] = elements(certificate);
  const [tbs] = elements(inside(whole));
  const extensions = elements(inside(tbs)).find(({ tag }) => tag === extensionsTag);
  if (extensions === undefined) return null;
  const [list] = elements(extensions.content);
  for (const extension of elements(inside(list))) {
    const [oid, ...rest] = elements(extension.content);
    if (oid?.content.equals(keyUsageOid) !== true) continue;
    const [bits] = elements(inside(rest.find(({ tag }) => tag === octetString)));
    if (bits?.tag !== bitString) throw new Error("KeyUsage is no bit string");
    const first = bits.content[1] ?? 0;
    return {
      digitalSignature: (first & 0x80) !== 0,
      keyCertSign: (first & 0x04) !== 0,
      cRLSign: (first & 0x02) !== 0,
    };
  }
  return null;
}

function inside(element: Element | undefined): Buffer {
  if (element === undefined) throw new Error("the certificate is cut short");
  return element.content;
}

/** The elements that follow one another in a piece of DER (X.690 §8.1). */
function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1] ?? 0;
    const lengthBytes = short < 0x80 ? 0 : short - 0x80;
    if (lengthBytes > 4 || at + 2 + lengthBytes > bytes.length) throw new Error("the certificate is cut short");
    const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + length > bytes.length) throw new Error("the certificate is cut short");
    found.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
