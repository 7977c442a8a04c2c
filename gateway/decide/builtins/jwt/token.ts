import type { Value } from "../../value.ts";
import { RegoObject, ValueSyntaxError, parseValue, stringOf } from "../../value.ts";
import { decodeBase64Url } from "../go/base64.ts";
import { isArray, stringAt } from "../operands.ts";
import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";

/** The three sections of a compact JWS, still encoded. */
export interface Token {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** @throws BuiltinError */
export function splitToken(context: BuiltinContext, value: Value | undefined): Token {
  const text = stringAt(1, value);
  context.charge(100 + text.length);
  const parts = text.split(".");
  if (parts.length !== 3) throw new BuiltinError(`encoded JWT must have 3 sections, found ${parts.length}`);
  const [header, payload, signature] = parts as [string, string, string];
  return { header, payload, signature };
}

export function signedData(token: Token): Buffer {
  return Buffer.from(`${token.header}.${token.payload}`, "utf8");
}

export function decodeObject(encoded: string): RegoObject {
  return parseObject(stringOf(decodeBase64Url(encoded)));
}

export function parseObject(text: string): RegoObject {
  let value: Value;
  try {
    value = parseValue(text, true);
  } catch (error) {
    if (error instanceof ValueSyntaxError) throw new BuiltinError(`invalid JSON: ${error.message}`);
    throw error;
  }
  if (!(value instanceof RegoObject)) throw new BuiltinError("decoded JSON type was not an Object");
  return value;
}

/** @throws BuiltinError for an encrypted token (JWE), which OPA does not read either */
export function decodeHeader(token: Token): RegoObject {
  const header = decodeObject(token.header);
  if (header.has("enc")) throw new BuiltinError("JWT is a JWE object, which is not supported");
  return header;
}

/** The registered members that steer verification. */
export interface Header {
  readonly alg: string;
  readonly kid: string;
  readonly cty: string;
  /** False without an algorithm, or when a critical extension is not understood. */
  readonly valid: boolean;
}

const KNOWN = new Set(["alg", "kid", "typ", "cty", "crit"]);

export function readHeader(header: RegoObject): Header {
  const texts: Record<string, string> = { alg: "", kid: "", typ: "", cty: "" };
  for (const name of Object.keys(texts)) {
    const value = header.get(name) ?? "";
    if (typeof value !== "string") throw new BuiltinError(`${name}: must be a string`);
    texts[name] = value;
  }
  const critical = criticalNames(header.get("crit"));
  const understood = header.keys().every((name) => KNOWN.has(name as string) || !critical.has(name as string));
  const { alg = "", kid = "", cty = "" } = texts;
  return { alg, kid, cty, valid: alg !== "" && understood };
}

function criticalNames(value: Value | undefined): ReadonlySet<string> {
  if (value === undefined) return new Set();
  if (!isArray(value)) throw new BuiltinError("crit: must be a list");
  const end = value.findIndex((name) => typeof name !== "string");
  const names = (end < 0 ? value : value.slice(0, end)) as readonly string[];
  if (names.length === 0) throw new BuiltinError("crit: must be a nonempty list");
  return new Set(names);
}
