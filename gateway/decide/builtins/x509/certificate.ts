import { X509Certificate } from "node:crypto";

import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import { formatTime } from "../time/format.ts";
import { UTC } from "../time/zone.ts";
import { BuiltinError } from "../types.ts";
import type { Der } from "./der.ts";
import { TAG, bitString, children, expect, integerValue, readDer, readOne, timeValue } from "./der.ts";
import type { Extension, GeneralNames } from "./extensions.ts";
import { READERS, generalNames, readExtensions } from "./extensions.ts";
import { publicKeyValue } from "./keys.ts";
import type { NameConstraints } from "./name-constraints.ts";
import { NAME_CONSTRAINTS, constraintMembers, readNameConstraints } from "./name-constraints.ts";
import { nameValue } from "./name.ts";
import { signatureAlgorithm } from "./signature-algorithm.ts";

/** A parsed certificate: what OPA shows of it, and what verification needs. */
export interface Certificate {
  readonly members: Readonly<Record<string, Value>>;
  readonly node: X509Certificate;
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly names: GeneralNames;
  readonly constraints: NameConstraints | undefined;
}

const NULL_MEMBERS = (
  "ExtraExtensions UnhandledCriticalExtensions ExtKeyUsage UnknownExtKeyUsage SubjectKeyId AuthorityKeyId OCSPServer " +
  "IssuingCertificateURL DNSNames EmailAddresses IPAddresses URIs URIStrings PermittedDNSDomains ExcludedDNSDomains " +
  "PermittedIPRanges ExcludedIPRanges PermittedEmailAddresses ExcludedEmailAddresses PermittedURIDomains " +
  "ExcludedURIDomains CRLDistributionPoints PolicyIdentifiers Policies PolicyMappings"
).split(" ");
const ZERO_MEMBERS = ["KeyUsage", "MaxPathLen", "InhibitAnyPolicy", "InhibitPolicyMapping", "RequireExplicitPolicy"];
const FALSE_MEMBERS = (
  "BasicConstraintsValid IsCA MaxPathLenZero PermittedDNSDomainsCritical InhibitAnyPolicyZero " +
  "InhibitPolicyMappingZero RequireExplicitPolicyZero"
).split(" ");

/** Certificates in DER, one after the other. @throws BuiltinError */
export function parseCertificates(der: Buffer): readonly Certificate[] {
  return readDer(der).map(parseCertificate);
}

function parseCertificate(element: Der): Certificate {
  const [tbs, algorithm, signature] = children(element);
  const fields = [...children(tbs)];
  const version = fields[0]?.tag === 0xa0 ? Number(integerValue(children(fields.shift(), 0xa0)[0])) + 1 : 1;
  const [serial, , issuer, validity, subject, spki] = fields;
  const [from, to] = children(validity);
  const extensionList = fields.find(({ tag }) => tag === 0xa3);
  const extensions = extensionList === undefined ? [] : readExtensions(children(extensionList, 0xa3)[0]);
  const key = expect(spki, TAG.sequence).raw;
  const [keyKind, publicKey] = publicKeyValue(key);
  const { members, names, constraints } = readAll(extensions);
  return {
    members: {
      ...members,
      Raw: base64(element.raw),
      RawTBSCertificate: base64(expect(tbs, TAG.sequence).raw),
      RawSubjectPublicKeyInfo: base64(key),
      RawSubject: base64(expect(subject, TAG.sequence).raw),
      RawIssuer: base64(expect(issuer, TAG.sequence).raw),
      Signature: base64(bitString(signature)),
      SignatureAlgorithm: signatureAlgorithm(algorithm),
      PublicKeyAlgorithm: keyKind,
      PublicKey: publicKey,
      Version: version,
      SerialNumber: makeNumber(integerValue(serial).toString()),
      Issuer: nameValue(issuer),
      Subject: nameValue(subject),
      NotBefore: timeText(timeValue(from)),
      NotAfter: timeText(timeValue(to)),
    },
    node: nodeCertificate(element.raw),
    subject: expect(subject, TAG.sequence).raw,
    issuer: expect(issuer, TAG.sequence).raw,
    notBefore: timeValue(from),
    notAfter: timeValue(to),
    names,
    constraints,
  };
}

function nodeCertificate(raw: Buffer): X509Certificate {
  try {
    return new X509Certificate(raw);
  } catch {
    throw new BuiltinError("x509: malformed certificate");
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64");
}

function timeText(seconds: number): string {
  return formatTime({ seconds, nanoseconds: 0, zone: UTC }, "2006-01-02T15:04:05Z07:00");
}

interface ExtensionFacts {
  readonly members: Record<string, Value>;
  readonly names: GeneralNames;
  readonly constraints: NameConstraints | undefined;
}

function readAll(extensions: readonly Extension[]): ExtensionFacts {
  const members: Record<string, Value> = {};
  for (const name of NULL_MEMBERS) members[name] = null;
  for (const name of ZERO_MEMBERS) members[name] = 0;
  for (const name of FALSE_MEMBERS) members[name] = false;
  members["Extensions"] = extensions.length === 0 ? null : extensions.map(({ shown }) => shown);
  const unhandled: Value[] = [];
  let names: GeneralNames = { dns: [], emails: [], uris: [], ips: [] };
  let constraints: NameConstraints | undefined;
  for (const extension of extensions) {
    const reader = READERS[extension.id];
    if (extension.id === "2.5.29.17") names = generalNames(children(readOne(extension.value)));
    if (extension.id === NAME_CONSTRAINTS) {
      constraints = readNameConstraints(extension);
      Object.assign(members, constraintMembers(constraints, extension.critical));
    } else if (reader !== undefined) reader(extension, members);
    else if (extension.critical) unhandled.push(extension.id.split(".").map(Number));
  }
  if (unhandled.length > 0) members["UnhandledCriticalExtensions"] = unhandled;
  return { members, names, constraints };
}

/** @param withUriTexts OPA adds URIStrings in most places, not in all */
export function certificateValue(certificate: Certificate, withUriTexts = true): RegoObject {
  const entries = Object.entries(certificate.members);
  return RegoObject.from(withUriTexts ? entries : entries.filter(([name]) => name !== "URIStrings"));
}
