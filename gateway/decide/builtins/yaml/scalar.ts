import { BuiltinError } from "../types.ts";

/** What a scalar says; a float of Go is a JavaScript number, an integer a bigint. */
export type YamlScalar = string | bigint | number | boolean | null;

type Tag = "" | "!!str" | "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp";

const LONG = "tag:yaml.org,2002:";
const named = new Map<string, readonly [Tag, YamlScalar]>([
  ...["true", "True", "TRUE"].map((text) => [text, ["!!bool", true]] as const),
  ...["false", "False", "FALSE"].map((text) => [text, ["!!bool", false]] as const),
  ...["", "~", "null", "Null", "NULL"].map((text) => [text, ["!!null", null]] as const),
  ...[".nan", ".NaN", ".NAN"].map((text) => [text, ["!!float", Number.NaN]] as const),
  ...[".inf", ".Inf", ".INF"].flatMap((text) => [
    [text, ["!!float", Number.POSITIVE_INFINITY]] as const,
    [`+${text}`, ["!!float", Number.POSITIVE_INFINITY]] as const,
    [`-${text}`, ["!!float", Number.NEGATIVE_INFINITY]] as const,
  ]),
]);
const DATE = /^\d{4}-\d\d?-\d\d?$/;
const MOMENT =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(\.\d+)?(Z|[-+]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)(\.\d+)?)?$/;

/**
 * A scalar as go.yaml.in/yaml resolves it (resolve.go). `tag` is the explicit tag in its long form, or "".
 * @throws BuiltinError when the text is not of the kind that the tag says
 */
export function resolveScalar(tag: string, text: string, quoted: boolean): YamlScalar {
  const wanted = tag === "!" ? "" : tag.replace(LONG, "!!");
  if (wanted === "!!str" || (wanted === "" && quoted)) return text;
  if (wanted === "!!binary") return binary(text);
  if (wanted === "!!timestamp") return timestamp(text);
  if (!["", "!!bool", "!!int", "!!float", "!!null"].includes(wanted)) return text;
  const [found, value] = plain(text);
  if (wanted === "" || wanted === found) return value;
  if (wanted === "!!float" && found === "!!int" && fitsInt64(value as bigint)) return Number(value);
  throw new BuiltinError(`yaml: cannot decode ${found} \`${text}\` as a ${wanted}`);
}

function plain(text: string): readonly [Tag, YamlScalar] {
  const known = named.get(text);
  if (known !== undefined) return known;
  if (/^\.\d+(?:[eE][-+]?\d+)?$/.test(text)) return ["!!float", Number(text)];
  if (!/^[-+\d]/.test(text) || DATE.test(text)) return ["!!str", text];
  const digits = text.replaceAll("_", "");
  const integer = integerOf(digits);
  if (integer !== null) return ["!!int", integer];
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(digits)) {
    const float = Number(digits);
    if (Number.isFinite(float)) return ["!!float", float];
  }
  return ["!!str", text];
}

/** An integer of 64 bits, with or without a sign, in any base that Go takes. */
function integerOf(text: string): bigint | null {
  const [, sign = "", prefix = "", rest = ""] =
    /^([-+]?)(0[xX]|0[oO]|0[bB]|0(?=[0-7]))?([\da-fA-F]+)$/.exec(text) ?? [];
  const allowed = { "": /^\d+$/, "0x": /^[\da-f]+$/i, "0o": /^[0-7]+$/, "0b": /^[01]+$/, "0": /^[0-7]+$/ }[
    prefix.toLowerCase()
  ];
  if (allowed?.test(rest) !== true || (prefix === "" && /^0\d/.test(rest))) return null;
  const size = BigInt((prefix === "0" ? "0o" : prefix.toLowerCase()) + rest);
  const value = sign === "-" ? -size : size;
  return fitsInt64(value) || (sign === "" && value < 1n << 64n) ? value : null;
}

function fitsInt64(value: bigint): boolean {
  return value >= -(1n << 63n) && value < 1n << 63n;
}

/** Base64 in Go's strict form, in which line breaks do not count. */
function binary(text: string): string {
  const letters = text.replace(/[\r\n]/g, "");
  if (!/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(letters))
    throw new BuiltinError("yaml: !!binary value contains invalid base64 data");
  return Buffer.from(letters, "base64").toString("utf8");
}

function timestamp(text: string): string {
  const match = MOMENT.exec(text);
  if (match === null) throw new BuiltinError(`yaml: cannot decode !!str \`${text}\` as a !!timestamp`);
  const [, year = "", month = "", day = ""] = match;
  const [hour, minute, second] = [
    match[4] ?? match[9] ?? "0",
    match[5] ?? match[10] ?? "0",
    match[6] ?? match[11] ?? "0",
  ];
  const two = (digits: string): string => digits.padStart(2, "0");
  const date = `${year}-${two(month)}-${two(day)}`;
  const clock = `${two(hour)}:${two(minute)}:${two(second)}`;
  const at = new Date(`${date}T${clock}Z`);
  if (Number.isNaN(at.getTime()) || !at.toISOString().startsWith(`${date}T${clock}`))
    throw new BuiltinError(`yaml: cannot decode !!str \`${text}\` as a !!timestamp`);
  const fraction = (match[7] ?? match[12] ?? "").slice(0, 10).replace(/\.?0*$/, "");
  const zone = match[8] ?? "Z";
  return `${date}T${clock}${fraction}${zone === "+00:00" ? "Z" : zone}`;
}
