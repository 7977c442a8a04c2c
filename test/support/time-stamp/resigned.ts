import { constants, hash, sign } from "node:crypto";
import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  IssuerAndSerialNumber,
  SignedData,
  SignerIdentifier,
} from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { TimeStampResp } from "@peculiar/asn1-tsp";
import { AlgorithmIdentifier, Certificate, SubjectKeyIdentifier } from "@peculiar/asn1-x509";
import { signedAttributes } from "../../../gateway/record/time-stamp/signed-attributes.ts";
import type { Identity } from "../certificates.ts";

const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

export interface Resigning {
  /** The first is the signer, whatever it is fit for. */
  readonly chain: readonly Identity[];
  /** Certificates that the signature names, the signer's own first in a token that holds. */
  readonly named?: readonly Identity[];
  /** How the token names its signer other than by issuer and number. */
  readonly keyId?: Buffer;
}

/** The same token with another signer, also with one that OpenSSL would not sign with. */
export function resigned(response: Buffer, { chain, named = chain.slice(0, 1), keyId }: Resigning): Buffer {
  const answer = AsnConvert.parse(response, TimeStampResp);
  const token = answer.timeStampToken;
  const [by] = chain;
  if (token === undefined || by === undefined) throw new Error("it has no token, or nobody is to sign it");
  const signed = AsnConvert.parse(token.content, SignedData);
  const certificates = chain.map(({ der }) => AsnConvert.parse(der, Certificate));
  signed.certificates = new CertificateSet(certificates.map((certificate) => new CertificateChoices({ certificate })));
  const [signer] = signed.signerInfos;
  const { issuer, serialNumber } = (certificates[0] as Certificate).tbsCertificate;
  if (signer === undefined) throw new Error("it has no signature");
  signer.sid = new SignerIdentifier(
    keyId === undefined
      ? { issuerAndSerialNumber: new IssuerAndSerialNumber({ issuer, serialNumber }) }
      : { subjectKeyIdentifier: new SubjectKeyIdentifier(keyId) },
  );
  signer.signedAttrs = (signer.signedAttrs ?? []).map((one) =>
    one.attrType === SIGNING_CERTIFICATE_V2
      ? new Attribute({ attrType: one.attrType, attrValues: [arrayOf(naming(named))] })
      : one,
  );
  delete signer.signedAttrsRaw;
  signer.signature = new OctetString(sign("sha256", signedAttributes(signer), by.keyPem));
  token.content = AsnConvert.serialize(signed);
  return Buffer.from(AsnConvert.serialize(answer));
}

/** RSASSA-PSS-params (RFC 4055 §3.1), DER: SHA-256, MGF1 with SHA-256, a salt of 32 bytes. */
const pssParameters = Buffer.from(
  "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
  "hex",
);

/** The same token, signed by its own signer with RSASSA-PSS. */
export function signedWithPss(response: Buffer, keyPem: string): Buffer {
  const answer = AsnConvert.parse(response, TimeStampResp);
  const token = answer.timeStampToken;
  const signed = AsnConvert.parse(token?.content ?? new ArrayBuffer(0), SignedData);
  const [signer] = signed.signerInfos;
  if (token === undefined || signer === undefined) throw new Error("it has no token, or no signature");
  signer.signatureAlgorithm = new AlgorithmIdentifier({
    algorithm: "1.2.840.113549.1.1.10",
    parameters: arrayOf(pssParameters),
  });
  const key = { key: keyPem, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  signer.signature = new OctetString(sign("sha256", signedAttributes(signer), key));
  token.content = AsnConvert.serialize(signed);
  return Buffer.from(AsnConvert.serialize(answer));
}

/** SigningCertificateV2 (RFC 5035 §3), DER, with SHA-256. */
function naming(certificates: readonly Identity[]): Buffer {
  const ids = certificates.map(({ der }) => sequence(Buffer.from([0x04, 32]), hash("sha256", der, "buffer")));
  return sequence(sequence(...ids));
}

/** Of less than 128 bytes. */
function sequence(...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.from([0x30, value.length, ...value]);
}

const arrayOf = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer;
