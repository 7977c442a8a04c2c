import type { Document, ScalarTag, Tags } from "yaml";
import { parseAllDocuments, visit } from "yaml";

import type { Value } from "../../value.ts";
import { RegoObject, dumpValue, fromJson, makeNumber } from "../../value.ts";
import { chargeText } from "../operands.ts";
import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";

/**
 * YAML as OPA reads it (go.yaml.in/yaml): 1.1 for numbers, merges and sets, but only true and false are booleans, dates
 * stay text, a later key wins over an equal one before it, and only the first document counts.
 */
const MAX_ALIASES = 100;

const BOOLEAN: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/,
  resolve: (text) => /^[Tt]/.test(text),
  identify: (value) => typeof value === "boolean",
};

const OCTAL: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => BigInt(text.replace(/[-+_]/g, "")) * (text.startsWith("-") ? -1n : 1n),
};

/** A point without digits is text, not a number. */
const POINT: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  test: /^[-+]?_*\._*$/,
  resolve: (text) => text,
};

const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

const TAB_FIRST = /^(?: *(?:#.*)?\r?\n)* *\t/;
const DIRECTIVE_FIRST = /^(?: *(?:#.*)?\r?\n)*%/;

function chooseTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => {
    if (typeof tag === "string") return tag !== "timestamp";
    return !tag.tag.endsWith(":bool") && !tag.tag.endsWith(":timestamp") && tag.format !== "TIME";
  });
  return [BOOLEAN, OCTAL, POINT, ...kept];
}

/** @throws BuiltinError */
export function readYaml(context: BuiltinContext, text: string): Value {
  chargeText(context, 2_000 + text.length * 320);
  if (/^%YAML (?!1\.1\s)/m.test(text)) throw new BuiltinError("yaml: found incompatible YAML document");
  if (CONTROL.test(text)) throw new BuiltinError("yaml: control characters are not allowed");
  if (TAB_FIRST.test(text)) throw new BuiltinError("yaml: found character that cannot start any token");
  if (DIRECTIVE_FIRST.test(text) && !/^---/m.test(text)) throw new BuiltinError("yaml: no document after a directive");
  const documents = parseAllDocuments(text, {
    version: "1.1",
    customTags: chooseTags,
    intAsBigInt: true,
    uniqueKeys: false,
    merge: true,
  });
  const [document] = documents;
  if (document === undefined) return null;
  // A later document is not read, but it has to be well-formed.
  const error = documents.flatMap(({ errors }) => errors)[0] ?? documents.map(misnamed).find((name) => name !== null);
  if (error !== undefined) throw new BuiltinError(`yaml: ${typeof error === "string" ? error : error?.message}`);
  try {
    return toValue(document.toJS({ maxAliasCount: MAX_ALIASES, mapAsMap: true }));
  } catch (failure) {
    throw new BuiltinError(`yaml: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
}

/** Names of anchors that this reader takes and OPA's does not. */
function misnamed(document: Document.Parsed): string | null {
  let found: string | null = null;
  visit(document, {
    Node(_, { anchor }) {
      if (anchor !== undefined && !/^[\w-]+$/.test(anchor)) found = anchor;
    },
  });
  return found;
}

function toValue(yaml: unknown): Value {
  if (yaml === undefined) return null;
  if (typeof yaml === "bigint") return integer(yaml);
  if (yaml instanceof Uint8Array) return Buffer.from(yaml).toString("utf8");
  if (Array.isArray(yaml)) return yaml.map(toValue);
  if (yaml instanceof Set) return RegoObject.from([...yaml].map((key) => [keyText(key), null] as const));
  if (yaml instanceof Map) {
    return RegoObject.from([...yaml].map(([key, item]) => [keyText(key), toValue(item)] as const));
  }
  return fromJson(yaml);
}

/** Beyond 64 bits an integer is read as a float. */
function integer(value: bigint): Value {
  const fits = value >= -(1n << 63n) && value < 1n << 64n;
  return fits ? makeNumber(value.toString()) : Number(value);
}

function keyText(key: unknown): string {
  const value = toValue(key);
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object") throw new BuiltinError("yaml: a key must be a scalar");
  return dumpValue(value);
}
