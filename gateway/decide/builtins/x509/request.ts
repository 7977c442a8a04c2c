import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import { BuiltinError } from "../types.ts";
import { anyValue } from "./any-value.ts";
import type { Der } from "./der.ts";
import { TAG, bitString, children, expect, fields, int64Value, malformed, oidText, oidValue, readOne } from "./der.ts";
import type { Extension } from "./extensions.ts";
import { READERS, readExtensions } from "./extensions.ts";
import { publicKeyValue } from "./keys.ts";
import { nameValue } from "./name.ts";
import { signatureAlgorithm } from "./signature-algorithm.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const SUBJECT_ALT_NAME = "2.5.29.17";
const ATTRIBUTES = 0xa0;

/** A certificate signing request (PKCS #10) in the members of Go's x509.CertificateRequest. @throws BuiltinError */
export function parseRequest(der: Buffer): RegoObject {
  const whole = readOne(der);
  if (whole.raw.length !== der.length) throw malformed("trailing data");
  const [info, algorithm, signature] = fields(whole, 3);
  const [version, subject, spki, attributeList] = fields(info, 4);
  const attributes = children(attributeList, ATTRIBUTES);
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
    Version: makeNumber(int64Value(version).toString()),
    Signature: bitString(signature).toString("base64"),
    SignatureAlgorithm: signatureAlgorithm(algorithm),
    PublicKeyAlgorithm: keyKind,
    PublicKey: publicKey,
    Subject: nameValue(subject, anyValue),
  };
  delete members["URIStrings"];
  return RegoObject.from(Object.entries(members));
}

/** Go shows the attributes whose values are lists of types with values, extension requests above all. The others are left out. */
function attributeValues(attributes: readonly Der[]): Value {
  const shown = attributes.flatMap((attribute) => unlessMalformed(() => attributeValue(attribute)) ?? []);
  return shown.length === 0 ? null : shown;
}

function attributeValue(attribute: Der): Value {
  const [type, values] = fields(attribute, 2);
  return RegoObject.from([
    ["Type", oidValue(type)],
    ["Value", children(values, TAG.set).map((list) => children(list).map(typeAndValue))],
  ] as readonly (readonly [Value, Value])[]);
}

/** Of an extension, where what follows its type may be whether it is critical. */
function typeAndValue(extension: Der): Value {
  const [type, value] = fields(extension, 2);
  if (value === undefined) throw malformed("sequence truncated");
  return RegoObject.from([
    ["Type", oidValue(type)],
    ["Value", anyValue(value)],
  ] as readonly (readonly [Value, Value])[]);
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}

function requestedExtensions(attributes: readonly Der[]): Record<string, Value> {
  const members: Record<string, Value> = {};
  const extensions = attributes.flatMap(extensionsOf);
  const ids = extensions.map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw malformed("certificate request contains duplicate requested extensions");
  if (extensions.length > 0) members["Extensions"] = extensions.map(({ shown }) => shown);
  for (const extension of extensions)
    if (extension.id === SUBJECT_ALT_NAME) READERS[extension.id]?.(extension, members);
  return members;
}

/** Of an attribute that asks for extensions, by its first value; an attribute that is none of the standard's asks for nothing. */
function extensionsOf(attribute: Der): readonly Extension[] {
  const values = unlessMalformed(() => {
    const [type, set] = fields(attribute, 2);
    return oidText(type) === EXTENSION_REQUEST ? children(set, TAG.set) : [];
  });
  return values?.[0] === undefined ? [] : readExtensions(values[0]);
}
