import type { X509Certificate } from "node:crypto";
import type { SignerIdentifier } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  Certificate,
  ExtendedKeyUsage,
  type Extension,
  id_ce_extKeyUsage,
  id_ce_subjectKeyIdentifier,
  id_kp_timeStamping,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";

/** More certificates than a chain has. */
const MOST_LINKS = 8;

/** Signatures with MD2, MD5 or SHA-1, with which two certificates can be made that have the same one. */
const weakSignatures: ReadonlySet<string> = new Set([
  ...["1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5"],
  ...["1.2.840.10045.4.1", "1.2.840.10040.4.3", "1.3.14.3.2.29"],
]);

interface Chain {
  /** Those of the token. */
  readonly certificates: readonly X509Certificate[];
  readonly trusted: readonly X509Certificate[];
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** Whether a signature is said to be by the key of this certificate (RFC 5652 §5.3). */
export function isSigner(
  { issuerAndSerialNumber: named, subjectKeyIdentifier: keyId }: SignerIdentifier,
  certificate: X509Certificate,
): boolean {
  const { issuer, serialNumber } = parsed(certificate).tbsCertificate;
  if (named !== undefined)
    return areSame(named.serialNumber, serialNumber) && areSame(derOf(named.issuer), derOf(issuer));
  const own = extensionOf(certificate, id_ce_subjectKeyIdentifier);
  if (own === null || keyId === undefined) return false;
  return areSame(AsnConvert.parse(own.extnValue, SubjectKeyIdentifier).buffer, keyId.buffer);
}

/** RFC 3161 §2.3: the key is for time stamps and nothing else, which who reads the certificate must not overlook. @throws Error */
export function assertForTimeStamps(certificate: X509Certificate): void {
  const usage = extensionOf(certificate, id_ce_extKeyUsage);
  const purposes = usage === null ? [] : [...AsnConvert.parse(usage.extnValue, ExtendedKeyUsage)];
  if (usage?.critical !== true || purposes.length !== 1 || purposes[0] !== id_kp_timeStamping)
    throw new Error(
      "the certificate that signs it is not one for time stamps alone, or its extKeyUsage is not critical",
    );
}

/** Whether a certificate leads to one that is trusted. @throws Error when it does, by a link that does not hold */
export function leads(certificate: X509Certificate, { certificates, trusted, at }: Chain): boolean {
  let link = certificate;
  let fault: string | null = null;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const below = link;
    fault ??= validityFault(below, at);
    if (trusted.some(({ raw }) => raw.equals(below.raw))) {
      if (fault !== null) throw new Error(fault);
      return true;
    }
    const issued = (by: X509Certificate): boolean =>
      by.ca && below.checkIssued(by) && below.verify(by.publicKey) && !by.raw.equals(below.raw);
    const issuer = trusted.find(issued) ?? certificates.find(issued);
    if (issuer === undefined) return false;
    if (weakSignatures.has(parsed(below).signatureAlgorithm.algorithm))
      fault ??= `the certificate of ${below.subject} is signed with MD5 or SHA-1`;
    link = issuer;
  }
  return false;
}

/** Null for a certificate that was valid then. */
export function validityFault({ subject, validFromDate, validToDate }: X509Certificate, at: number): string | null {
  return validFromDate.getTime() > at || validToDate.getTime() < at
    ? `the certificate of ${subject} was not valid at the time of the token`
    : null;
}

const parsed = ({ raw }: X509Certificate): Certificate => AsnConvert.parse(raw, Certificate);

const derOf = (value: unknown): ArrayBuffer => AsnConvert.serialize(value);

const areSame = (one: ArrayBuffer, other: ArrayBuffer): boolean => Buffer.from(one).equals(Buffer.from(other));

function extensionOf(certificate: X509Certificate, id: string): Extension | null {
  return parsed(certificate).tbsCertificate.extensions?.find(({ extnID }) => extnID === id) ?? null;
}
