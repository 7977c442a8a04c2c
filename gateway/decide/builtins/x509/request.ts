import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import type { Der } from "./der.ts";
import { TAG, bitString, children, expect, integerValue, oidText, readOne } from "./der.ts";
import { READERS, readExtensions } from "./extensions.ts";
import { publicKeyValue } from "./keys.ts";
import { nameValue } from "./name.ts";
import { signatureAlgorithm } from "./signature-algorithm.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** A certificate signing request (PKCS #10) in the members of Go's x509.CertificateRequest. @throws BuiltinError */
export function parseRequest(der: Buffer): RegoObject {
  const whole = readOne(der);
  const [info, algorithm, signature] = children(whole);
  const [version, subject, spki, attributes] = children(info);
  const key = expect(spki, TAG.sequence).raw;
  const [keyKind, publicKey] = publicKeyValue(key);
  const members: Record<string, Value> = {
    Attributes: null,
    DNSNames: null,
    EmailAddresses: null,
    IPAddresses: null,
    URIs: null,
    Extensions: null,
    ExtraExtensions: null,
    ...requestedExtensions(attributes),
    Raw: whole.raw.toString("base64"),
    RawTBSCertificateRequest: expect(info, TAG.sequence).raw.toString("base64"),
    RawSubjectPublicKeyInfo: key.toString("base64"),
    RawSubject: expect(subject, TAG.sequence).raw.toString("base64"),
    Version: makeNumber(integerValue(version).toString()),
    Signature: bitString(signature).toString("base64"),
    SignatureAlgorithm: signatureAlgorithm(algorithm),
    PublicKeyAlgorithm: keyKind,
    PublicKey: publicKey,
    Subject: nameValue(subject),
  };
  delete members["URIStrings"];
  return RegoObject.from(Object.entries(members));
}

function requestedExtensions(attributes: Der | undefined): Record<string, Value> {
  const members: Record<string, Value> = {};
  if (attributes?.tag !== 0xa0) return members;
  for (const attribute of children(attributes, 0xa0)) {
    const [type, values] = children(attribute);
    if (oidText(type) !== EXTENSION_REQUEST) continue;
    const extensions = readExtensions(children(values, TAG.set)[0]);
    if (extensions.length > 0) members["Extensions"] = extensions.map(({ shown }) => shown);
    for (const extension of extensions) if (extension.id === "2.5.29.17") READERS[extension.id]?.(extension, members);
  }
  return members;
}
