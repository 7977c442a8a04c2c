import { hash } from "node:crypto";
import { AsnConvert, AsnProp, AsnPropTypes, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";

export const SHA256 = "2.16.840.1.101.3.4.2.1";

/** Digests of signers and of certificates, as `node:crypto` names them, by their object identifier. */
export const digests: Readonly<Record<string, string>> = {
  [SHA256]: "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** ESSCertID (RFC 2634 §5.4.1), which has SHA-1 and no `hashAlgorithm`, and ESSCertIDv2 (RFC 5035 §4). */
class EssCertId {
  hashAlgorithm?: AlgorithmIdentifier;
  certHash = new OctetString();
  issuerSerial?: ArrayBuffer;
}
AsnProp({ type: AlgorithmIdentifier, optional: true })(EssCertId.prototype, "hashAlgorithm");
AsnProp({ type: OctetString })(EssCertId.prototype, "certHash");
AsnProp({ type: AsnPropTypes.Any, optional: true })(EssCertId.prototype, "issuerSerial");

/** SigningCertificate and SigningCertificateV2: the first is the one that signs. */
class SigningCertificate {
  certs: EssCertId[] = [];
  policies?: ArrayBuffer;
}
AsnProp({ type: EssCertId, repeated: "sequence" })(SigningCertificate.prototype, "certs");
AsnProp({ type: AsnPropTypes.Any, optional: true })(SigningCertificate.prototype, "policies");

/** Whether the value of such an attribute names a certificate as the one that signs. @throws Error for a value of another form */
export function namesFirst(value: Buffer, certificate: Buffer, byDefault: "sha1" | "sha256"): boolean {
  const [first] = AsnConvert.parse(value, SigningCertificate).certs;
  if (first === undefined) return false;
  const digest = first.hashAlgorithm === undefined ? byDefault : digests[first.hashAlgorithm.algorithm];
  return digest !== undefined && Buffer.from(first.certHash.buffer).equals(hash(digest, certificate, "buffer"));
}
