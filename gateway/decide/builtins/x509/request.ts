import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import { BuiltinError } from "../types.ts";
import type { Der } from "./der.ts";
import { TAG, bitString, children, expect, integerValue, oidText, oidValue, readOne } from "./der.ts";
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
    Attributes: attributeValues(attributes),
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

/** Go shows the attributes whose values are lists of types with values: extension requests. The others are left out. */
function attributeValues(attributes: Der | undefined): Value {
  if (attributes?.tag !== 0xa0) return null;
  const shown = children(attributes, 0xa0).flatMap((attribute): Value[] => {
    const [type, values] = children(attribute);
    if (oidText(type) !== EXTENSION_REQUEST) return [];
    const lists = children(values, TAG.set).map((list) => children(list).map(typeAndValue));
    return [
      RegoObject.from([
        ["Type", oidValue(type)],
        ["Value", lists],
      ]),
    ];
  });
  return shown.length === 0 ? null : shown;
}

/** Of an extension, where what follows its type may be whether it is critical. */
function typeAndValue(extension: Der): Value {
  const [type, value] = children(extension);
  if (value === undefined) throw new BuiltinError("x509: malformed extension");
  const shown = value.tag === TAG.boolean ? value.value[0] === 0xff : value.value.toString("base64");
  return RegoObject.from([
    ["Type", oidValue(type)],
    ["Value", shown],
  ]);
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
