import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { ignoredHeaders } from "../../parse/openapi/document.ts";
import { type Kind, kindOf, propertiesOf } from "./kinds.ts";

/** One parameter of an operation, and how its value is written in its place. */
export interface OfferedParameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  /** json: any value, as JSON text. */
  readonly kind: Kind | "json";
  /** What stands between the values of a list or object in one value; null: each is a pair of its own. */
  readonly separator: "," | " " | "|" | null;
  /** `name[key]`: OpenAPI's deepObject. */
  readonly deep: boolean;
  /** Keys that an object may have. */
  readonly keys: ReadonlySet<string>;
  /** The parameter as the document has it, without references. */
  readonly described: JsonObject;
}

const separators = { form: ",", simple: ",", spaceDelimited: " ", pipeDelimited: "|" } as const;
const safeKey = /^[A-Za-z0-9_.-]{1,100}$/;

/**
 * Reads a parameter; null for one that is left out of every call, and a text that says why it cannot be written without a value being
 * able to leave its place. https://spec.openapis.org/oas/v3.1.1#style-values
 */
export function readParameter(
  document: JsonObject,
  described: JsonObject,
  isForwarded: (header: string) => boolean,
): OfferedParameter | string | null {
  const { name, required = false } = described;
  const place = described["in"];
  if (typeof name !== "string" || name === "") return "a parameter has no name";
  if (place === "cookie") return `the cookie ${name}: callers' cookies are not forwarded`;
  if (place !== "path" && place !== "query" && place !== "header") return `${name} is in no place that is known`;
  if (place === "header" && ignoredHeaders.has(name.toLowerCase())) return null;
  if (place === "header" && !isForwarded(name)) return `the header ${name}, which the route does not forward`;
  const known = { name, in: place, required: required === true || place === "path", described } as const;
  if (isJsonObject(described["content"])) return { ...known, kind: "json", separator: null, deep: false, keys: none };
  return styled(document, known);
}

type Known = Pick<OfferedParameter, "name" | "in" | "required" | "described">;

const none: ReadonlySet<string> = new Set();

function styled(document: JsonObject, known: Known): OfferedParameter | string {
  const { name, described } = known;
  const usual = known.in === "query" ? "form" : "simple";
  const { style = usual, schema } = described;
  const explode = (described["explode"] ?? style === "form") === true;
  const kind = kindOf(document, schema);
  if (kind === null) return `${name} may be a single value, a list or an object`;
  if (kind === "scalar")
    return isStyle(style) || style === "deepObject" ? value(known, kind) : `${name}: style ${String(style)}`;
  if (style === "deepObject")
    return kind === "object" ? withKeys(document, known, true) : `${name}: a list as deepObject`;
  if (!isStyle(style) || (known.in !== "query") !== (style === "simple")) return `${name}: style ${String(style)}`;
  if (kind === "object")
    return style === "form" && explode ? withKeys(document, known, false) : `${name}: an object of style ${style}`;
  const separate = known.in === "query" && style === "form" && explode;
  return { ...value(known, kind), separator: separate ? null : separators[style] };
}

function isStyle(style: unknown): style is keyof typeof separators {
  return typeof style === "string" && Object.hasOwn(separators, style);
}

function value(known: Known, kind: Kind): OfferedParameter {
  return { ...known, kind, separator: null, deep: false, keys: none };
}

/** Keys become names of query parameters, so they are those of the document alone. */
function withKeys(document: JsonObject, known: Known, deep: boolean): OfferedParameter | string {
  const keys = Object.keys(propertiesOf(document, known.described["schema"]) ?? {});
  if (keys.length === 0 || !keys.every((key) => safeKey.test(key)))
    return `${known.name}: an object whose keys the document does not name`;
  return { ...value(known, "object"), deep, keys: new Set(keys) };
}
