import { createPublicKey } from "node:crypto";

import type { Value } from "../value.ts";
import { RegoObject, RegoSet, fromJson } from "../value.ts";
import { decodeBase64 } from "./go/base64.ts";
import { chargeText, int64At, isArray, objectAt, stringAt } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";
import type { Certificate } from "./x509/certificate.ts";
import { certificateValue, parseCertificates } from "./x509/certificate.ts";
import { certificateBytes, pairCertificates, pairKey, privateKeys, requestBytes } from "./x509/input.ts";
import { exportJwk, privateKeyValue } from "./x509/keys.ts";
import { parseRequest } from "./x509/request.ts";
import type { VerifyOptions } from "./x509/verify.ts";
import { verifyChain } from "./x509/verify.ts";

function certificatesAt(context: BuiltinContext, value: Value | undefined): readonly Certificate[] {
  const text = stringAt(1, value);
  chargeText(context, 20_000 + text.length * 40);
  return parseCertificates(certificateBytes(text));
}

const parse: Builtin = (context, value) => certificatesAt(context, value).map((item) => certificateValue(item));

const INVALID: Value = [false, []];

function verified(
  context: BuiltinContext,
  value: Value | undefined,
  readOptions: () => VerifyOptions,
  withUriTexts: boolean,
): Value {
  stringAt(1, value);
  let certificates: readonly Certificate[];
  try {
    certificates = certificatesAt(context, value);
  } catch (error) {
    if (error instanceof BuiltinError) return INVALID;
    throw error;
  }
  const chain = verifyChain(context, certificates, readOptions());
  return chain === undefined ? INVALID : [true, chain.map((item) => certificateValue(item, withUriTexts))];
}

const SERVER_AUTH = 1;

function nowSeconds(context: BuiltinContext): number {
  return Number(context.nowNs / 1_000_000_000n);
}

const parseAndVerify: Builtin = (context, value) =>
  verified(context, value, () => ({ dnsName: "", now: nowSeconds(context), usages: [SERVER_AUTH] }), true);

const USAGES = (
  "Any ServerAuth ClientAuth CodeSigning EmailProtection IPSECEndSystem IPSECTunnel IPSECUser TimeStamping OCSPSigning " +
  "MicrosoftServerGatedCrypto NetscapeServerGatedCrypto MicrosoftCommercialCodeSigning MicrosoftKernelCodeSigning"
)
  .split(" ")
  .map((name) => `KeyUsage${name}`);

function unquoted(text: string): string {
  return text.replace(/^"+|"+$/g, "");
}

function readOptions(context: BuiltinContext, options: RegoObject): VerifyOptions {
  let dnsName = "";
  let now = nowSeconds(context);
  let usages: readonly number[] = [];
  for (const [key, value] of options.entries()) {
    if (typeof key !== "string") continue;
    if (key === "DNSName") dnsName = unquoted(stringAt(2, value));
    else if (key === "CurrentTime") now = Number(int64At(2, value) / 1_000_000_000n);
    else if (key === "MaxConstraintComparisons") int64At(2, value);
    else if (key === "KeyUsages") usages = usageNumbers(value);
    else throw new BuiltinError("invalid key option");
  }
  return { dnsName, now, usages: usages.length === 0 ? [SERVER_AUTH] : usages };
}

function usageNumbers(value: Value): readonly number[] {
  const items = value instanceof RegoSet ? value.values() : value;
  if (!isArray(items)) throw new BuiltinError("'KeyUsages' should be an Array or Set");
  const names = items.filter((item) => typeof item === "string").map(unquoted);
  const unknown = names.find((name) => !USAGES.includes(name));
  if (unknown !== undefined) throw new BuiltinError(`invalid entries for 'KeyUsages' found: ${unknown}`);
  return names.map((name) => USAGES.indexOf(name));
}

const parseAndVerifyWithOptions: Builtin = (context, value, options) => {
  const given = objectAt(2, options);
  // Options of no use count only for certificates that can be read.
  return verified(context, value, () => readOptions(context, given), false);
};

const parseSigningRequest: Builtin = (context, value) => {
  const text = stringAt(1, value);
  chargeText(context, 20_000 + text.length * 40);
  return parseRequest(requestBytes(text));
};

const KEY_FUEL = 200_000;

const parseKeyPair: Builtin = (context, certificate, key) => {
  const [certificateText, keyText] = [stringAt(1, certificate), stringAt(1, key)];
  chargeText(context, 20_000 + certificateText.length * 40);
  chargeText(context, KEY_FUEL + keyText.length * 8);
  const chain = pairCertificates(certificateText);
  const [leaf, ...others] = chain[0] === undefined ? [] : parseCertificates(chain[0]);
  const secret = pairKey(keyText);
  if (leaf === undefined || secret === undefined) throw new BuiltinError("tls: failed to find any PEM data");
  if (others.length > 0) throw new BuiltinError("x509: trailing data");
  if (!createPublicKey(secret).equals(leaf.node.publicKey)) {
    throw new BuiltinError("tls: private key does not match public key");
  }
  return RegoObject.from([
    ["Certificate", chain.map((der) => der.toString("base64"))],
    ["Leaf", certificateValue(leaf, false)],
    ["PrivateKey", privateKeyValue(secret)],
    ["OCSPStaple", null],
    ["SignedCertificateTimestamps", null],
    ["SupportedSignatureAlgorithms", null],
  ] as readonly (readonly [Value, Value])[]);
};

const parsePrivateKeys: Builtin = (context, value) => {
  const text = stringAt(1, value);
  if (text === "") return null;
  chargeText(context, KEY_FUEL + text.length * 40);
  return privateKeys(text).map(privateKeyValue);
};

/** Of any kind, despite its name; the first key as a JWK. */
const parseRsaPrivateKey: Builtin = (context, value) => {
  const text = stringAt(1, value);
  if (text === "") throw new BuiltinError("input PEM data was empty");
  chargeText(context, KEY_FUEL + text.length * 40);
  const [key] = privateKeys(text.startsWith("-----BEGIN") ? text : decodeBase64(text).toString("utf8"));
  return key === undefined ? null : fromJson(exportJwk(key) ?? null);
};

export const x509: Readonly<Record<string, Builtin>> = {
  "crypto.x509.parse_certificates": parse,
  "crypto.x509.parse_and_verify_certificates": parseAndVerify,
  "crypto.x509.parse_and_verify_certificates_with_options": parseAndVerifyWithOptions,
  "crypto.x509.parse_certificate_request": parseSigningRequest,
  "crypto.x509.parse_keypair": parseKeyPair,
  "crypto.x509.parse_rsa_private_key": parseRsaPrivateKey,
  "crypto.parse_private_keys": parsePrivateKeys,
};
