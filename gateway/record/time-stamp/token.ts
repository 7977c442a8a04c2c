import { constants, hash, verify, type VerifyKeyObjectInput, X509Certificate } from "node:crypto";
import { id_signedData, SignedData, type SignerInfo } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { id_ct_tstInfo, TimeStampResp, TSTInfo } from "@peculiar/asn1-tsp";
import { assertForTimeStamps, isSigner, leads, validityFault } from "./authority-chain.ts";
import { isAttributeOf, namesCertificate, signedAttributes } from "./signed-attributes.ts";
import { digests, SHA256 } from "./signing-certificate.ts";

/** What a time-stamp token says (RFC 3161 §2.4.2). */
export interface StampedTime {
  /** When the data was there, in milliseconds since 1970. */
  readonly at: number;
  /** Subject of the certificate that signs. */
  readonly authority: string;
  /** Whether that leads to one of those who are trusted. */
  readonly isTrusted: boolean;
}

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
 * Verifies that a token is over the data and signed with a certificate for time stamps that was valid then, and whether that leads to one
 * of `trusted`. Without any that tells nothing of who has signed it: everybody can make such a certificate.
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
  const certificate = [...certificates, ...trusted].find(
    (one) => isSigner(signer.sid, one) && namesCertificate(signer, one),
  );
  if (certificate === undefined) throw new Error("the certificate that signs it is not there");
  assertSigned(signer, certificate, content);
  assertForTimeStamps(certificate);
  const at = info.genTime.getTime();
  const fault = validityFault(certificate, at);
  if (fault !== null) throw new Error(fault);
  const authority = certificate.subject.replaceAll("\n", ", ");
  return { at, authority, isTrusted: leads(certificate, { certificates, trusted, at }) };
}

/** @throws Error for a token of other data */
function assertOver({ messageImprint }: TSTInfo, data: Buffer): void {
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
  const asSigned = signer.signatureAlgorithm.algorithm === RSASSA_PSS ? { key, ...pss } : key;
  if (!verify(how, signedAttributes(signer), asSigned, Buffer.from(signer.signature.buffer)))
    throw new Error("its signature does not hold");
}

const RSASSA_PSS = "1.2.840.113549.1.1.10";
/** Its mask is made with the digest of the signature, as RFC 4055 §3.1 recommends; the length of its salt is in the signature. */
const pss: Omit<VerifyKeyObjectInput, "key"> = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_AUTO,
};
