import { hash, type X509Certificate } from "node:crypto";
import type { SignerInfo } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { namesFirst } from "./signing-certificate.ts";

const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
/** signingCertificate (RFC 2634) has SHA-1, signingCertificateV2 (RFC 5035) any other digest of the certificate. */
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
/** DER of id-ct-TSTInfo (1.2.840.113549.1.9.16.1.4). */
const timeStampInfo = Buffer.from("060b2a864886f70d0109100104", "hex");

function valueOf({ signedAttrs }: SignerInfo, type: string): Buffer | null {
  const values = (signedAttrs ?? [])
    .filter(({ attrType }) => attrType === type)
    .flatMap(({ attrValues }) => attrValues);
  const [value] = values;
  return value === undefined || values.length > 1 ? null : Buffer.from(value);
}

/** Whether the attributes of the signature are those of this content, which is a TSTInfo (RFC 5652 §5.3). */
export function isAttributeOf(signer: SignerInfo, digest: string, content: Buffer): boolean {
  const isOfType = valueOf(signer, CONTENT_TYPE)?.equals(timeStampInfo) ?? false;
  return isOfType && (valueOf(signer, MESSAGE_DIGEST)?.equals(octets(hash(digest, content, "buffer"))) ?? false);
}

/**
 * Whether the attributes name the certificate as the one that signs, as RFC 3161 §2.4.2 demands: by its digest, before any other of its chain.
 * @throws Error for attributes of another form
 */
export function namesCertificate(signer: SignerInfo, { raw }: X509Certificate): boolean {
  const [first, second] = [valueOf(signer, SIGNING_CERTIFICATE), valueOf(signer, SIGNING_CERTIFICATE_V2)];
  if (first === null && second === null) return false;
  return (first === null || namesFirst(first, raw, "sha1")) && (second === null || namesFirst(second, raw, "sha256"));
}

/** What is signed: the DER of SET OF, and not of the tag that the attributes have within the token (RFC 5652 §5.4). */
export function signedAttributes({ signedAttrs }: SignerInfo): Buffer {
  const attributes = Buffer.concat((signedAttrs ?? []).map((one) => Buffer.from(AsnConvert.serialize(one))));
  const { length } = attributes;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(0x31, ...head), attributes]);
}

/** DER of an OCTET STRING of less than 128 bytes. */
function octets(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(4, bytes.length), bytes]);
}
