import { createSecretKey } from "node:crypto";

import type { Value } from "../value.ts";
import { RegoObject, bytesOf, stringOf } from "../value.ts";
import { decodeBase64Url } from "./go/base64.ts";
import { marshalJson } from "./json/marshal.ts";
import { claimsHold, readConstraints } from "./jwt/constraints.ts";
import type { VerificationKey } from "./jwt/keys.ts";
import { ALGORITHMS, importJwk, parseJwks, verificationKeys } from "./jwt/keys.ts";
import { createSignature, verifySignature } from "./jwt/signature.ts";
import type { Header, Token } from "./jwt/token.ts";
import { decodeHeader, decodeObject, parseObject, readHeader, signedData, splitToken } from "./jwt/token.ts";
import { objectAt, stringAt } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** [header, payload, signature in hex] without any verification; a nested token is opened. */
const decode: Builtin = (context, value) => {
  const token = splitToken(context, value);
  const header = decodeHeader(token);
  const text = stringOf(decodeBase64Url(token.payload));
  const cty = header.get("cty") ?? "";
  if (typeof cty !== "string") throw new BuiltinError("cty: must be a string");
  if (cty === "JWT") return decode(context, text.replace(/^["']+|["']+$/g, ""));
  const payload = parseObject(text);
  return [header, payload, decodeBase64Url(token.signature).toString("hex")];
};

/** The key that the header names, or else every key that does not say another algorithm. */
function anyKeyVerifies(
  header: Header,
  keys: readonly VerificationKey[],
  verifies: (key: VerificationKey) => boolean,
): boolean {
  const named = header.kid === "" ? undefined : keys.find((key) => key.kid === header.kid);
  if (named !== undefined) return verifies(named);
  return keys.some((key) => (key.alg === "" || key.alg === header.alg) && verifies(key));
}

function verifyWith(alg: string): Builtin {
  return (context, value, keyText) => {
    const token = splitToken(context, value);
    const keys = verificationKeys(context, stringAt(2, keyText));
    const signature = decodeBase64Url(token.signature);
    const header = readHeader(decodeHeader(token));
    const data = signedData(token);
    // The function, not the token, says which algorithm is meant; only public keys count.
    return anyKeyVerifies(
      header,
      keys,
      ({ key }) => key.type === "public" && verifySignature(context, alg, key, data, signature),
    );
  };
}

function verifyHmac(alg: string): Builtin {
  return (context, value, secret) => {
    const text = stringAt(2, secret);
    const token = splitToken(context, value);
    const key = createSecretKey(bytesOf(text));
    return verifySignature(context, alg, key, signedData(token), decodeBase64Url(token.signature));
  };
}

const UNVERIFIED: Value = [false, new RegoObject(), new RegoObject()];

/** [true, header, payload] when signature and claims hold; a nested token is verified at each level. */
const decodeVerify: Builtin = (context, value, constraintObject) => {
  const constraints = readConstraints(context, objectAt(2, constraintObject));
  let encoded = value;
  for (;;) {
    const token = splitToken(context, encoded);
    const decoded = decodeHeader(token);
    const header = readHeader(decoded);
    if (!header.valid || (constraints.alg !== "" && constraints.alg !== header.alg)) return UNVERIFIED;
    if (!isSigned(context, token, header, constraints.keys)) return UNVERIFIED;
    if (header.cty.toUpperCase() !== "JWT") {
      const payload = decodeObject(token.payload);
      return claimsHold(constraints, payload) ? [true, decoded, payload] : UNVERIFIED;
    }
    encoded = stringOf(decodeBase64Url(token.payload));
  }
};

function isSigned(context: BuiltinContext, token: Token, header: Header, keys: readonly VerificationKey[]): boolean {
  const signature = decodeBase64Url(token.signature);
  const data = signedData(token);
  return anyKeyVerifies(header, keys, ({ key }) => verifySignature(context, header.alg, key, data, signature));
}

function encodeAndSign(context: BuiltinContext, headers: string, payload: string, jwk: string): Value {
  context.charge(30_000 + headers.length + payload.length + jwk.length);
  const [key] = parseJwks(jwk);
  if (key === undefined) throw new BuiltinError("no keys found in JWK set");
  const header = parseObject(headers);
  const alg = header.get("alg");
  if (typeof alg !== "string" || !ALGORITHMS.has(alg)) throw new BuiltinError("unknown JWS algorithm");
  const typ = header.get("typ");
  if ((typeof typ !== "string" || typ === "JWT") && !isJson(payload)) {
    throw new BuiltinError("type is JWT but payload is not JSON");
  }
  const data = [headers, payload].map((part) => bytesOf(part).toString("base64url")).join(".");
  // Some signatures are random: the same call within a decision must give the same answer.
  const known = context.cache.get(`io.jwt ${jwk} ${data}`) as string | undefined;
  if (known !== undefined) return known;
  const signature = createSignature(context, alg, importJwk(key), Buffer.from(data, "utf8"));
  const compact = `${data}.${signature.toString("base64url")}`;
  context.cache.set(`io.jwt ${jwk} ${data}`, compact);
  return compact;
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

const encodeSign: Builtin = (context, headers, payload, key) =>
  encodeAndSign(context, marshalJson(headers), marshalJson(payload), marshalJson(key));

const encodeSignRaw: Builtin = (context, headers, payload, key) =>
  encodeAndSign(context, stringAt(1, headers), stringAt(2, payload), stringAt(3, key));

export const jwt: Readonly<Record<string, Builtin>> = {
  "io.jwt.decode": decode,
  "io.jwt.decode_verify": decodeVerify,
  "io.jwt.encode_sign": encodeSign,
  "io.jwt.encode_sign_raw": encodeSignRaw,
  ...Object.fromEntries(
    [...ALGORITHMS].map((alg) => [
      `io.jwt.verify_${alg.toLowerCase()}`,
      alg.startsWith("HS") ? verifyHmac(alg) : verifyWith(alg),
    ]),
  ),
};
