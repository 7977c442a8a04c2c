import { hash, verify, X509Certificate } from "node:crypto";
import { id_signedData, SignedData, type SignerInfo } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { id_ct_tstInfo, TimeStampResp, TSTInfo } from "@peculiar/asn1-tsp";
import { isAttributeOf, namesCertificate, signedAttributes } from "./signed-attributes.ts";

/** What a time-stamp token says (RFC 3161 §2.4.2). */
export interface StampedTime {
  /** When the data was there, in milliseconds since 1970. */
  readonly at: number;
  /** Subject of the certificate that signs. */
  readonly authority: string;
}

export const SHA256 = "2.16.840.1.101.3.4.2.1";
/** Digests of signers, as `node:crypto` names them. */
const digests: Readonly<Record<string, string>> = {
  [SHA256]: "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
/** More certificates than a chain has. */
const MOST_LINKS = 8;

/** The token of an answer. @throws Error for an authority that grants none, and for what is no answer */
export function tokenIn(response: Buffer): {
  readonly signed: SignedData;
  readonly info: TSTInfo;
  readonly content: Buffer;
} {
  const { status, timeStampToken } = AsnConvert.parse(response, TimeStampResp);
  if (status.status > 1 || timeStampToken === undefined)
    throw new Error(
      `the authority grants no time stamp: ${status.statusString?.join(", ") ?? `status ${status.status}`}`,
    );
  if (timeStampToken.contentType !== id_signedData) throw new Error("its token is not signed data");
  const signed = AsnConvert.parse(timeStampToken.content, SignedData);
  const { eContentType, eContent } = signed.encapContentInfo;
  const content = eContent?.single?.buffer ?? eContent?.any;
  if (eContentType !== id_ct_tstInfo || content === undefined) throw new Error("its token is of another kind");
  return { signed, info: AsnConvert.parse(content, TSTInfo), content: Buffer.from(content) };
}

/**
 * Verifies that a token is over the data and that an authority signs it whose certificate leads to one of `trusted`.
 * @param response TimeStampResp, DER @throws Error with why it does not hold
 */
export function verifyTimeStamp(response: Buffer, data: Buffer, trusted: readonly X509Certificate[]): StampedTime {
  const { signed, info, content } = tokenIn(response);
  assertOver(info, data);
  const certificates = (signed.certificates ?? []).flatMap(({ certificate }) =>
    certificate === undefined ? [] : [new X509Certificate(Buffer.from(AsnConvert.serialize(certificate)))],
  );
  const [signer] = signed.signerInfos;
  if (signer === undefined || signed.signerInfos.length !== 1) throw new Error("its token has not one signature");
  const certificate = [...certificates, ...trusted].find((one) => namesCertificate(signer, one));
  if (certificate === undefined) throw new Error("the certificate that signs it is not there");
  assertSigned(signer, certificate, content);
  const at = info.genTime.getTime();
  assertLeads(certificate, { certificates, trusted, at });
  return { at, authority: certificate.subject.replaceAll("\n", ", ") };
}

/** @throws Error for a token of other data */
export function assertOver({ messageImprint }: TSTInfo, data: Buffer): void {
  const { hashAlgorithm, hashedMessage } = messageImprint;
  const isOver =
    hashAlgorithm.algorithm === SHA256 && Buffer.from(hashedMessage.buffer).equals(hash("sha256", data, "buffer"));
  if (!isOver) throw new Error("its token is over other data");
}

/** RFC 5652 §5.4: the signature is over the attributes, one of which is the digest of the content. */
function assertSigned(signer: SignerInfo, certificate: X509Certificate, content: Buffer): void {
  const digest = digests[signer.digestAlgorithm.algorithm];
  if (digest === undefined) throw new Error("its token is signed in a way that is not known");
  if (!isAttributeOf(signer, digest, content)) throw new Error("its token was changed");
  const key = certificate.publicKey;
  const how = key.asymmetricKeyType === "ed25519" || key.asymmetricKeyType === "ed448" ? null : digest;
  if (!verify(how, signedAttributes(signer), key, Buffer.from(signer.signature.buffer)))
    throw new Error("its signature does not hold");
}

interface Chain {
  /** Those of the token. */
  readonly certificates: readonly X509Certificate[];
  readonly trusted: readonly X509Certificate[];
  readonly at: number;
}

/** @throws Error for a certificate that was not valid then, is not meant for time stamps, or leads to none that is trusted */
function assertLeads(certificate: X509Certificate, { certificates, trusted, at }: Chain): void {
  if (!(certificate.keyUsage ?? []).includes(TIME_STAMPING))
    throw new Error("the certificate that signs it is not one for time stamps");
  let link = certificate;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    if (link.validFromDate.getTime() > at || link.validToDate.getTime() < at)
      throw new Error(`the certificate of ${link.subject} was not valid at the time of the token`);
    const below = link;
    if (trusted.some(({ raw }) => raw.equals(below.raw))) return;
    const issued = (by: X509Certificate): boolean =>
      by.ca && below.checkIssued(by) && below.verify(by.publicKey) && !by.raw.equals(below.raw);
    const issuer = trusted.find(issued) ?? certificates.find(issued);
    if (issuer === undefined) break;
    link = issuer;
  }
  throw new Error("the certificate that signs it leads to none that is trusted");
}
