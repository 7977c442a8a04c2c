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
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)([.,]\d+)?(Z|[-+](?:[01]\d|2[0-4]):(?:[0-5]\d|60))| +(\d\d?):(\d\d?):(\d\d?)([.,]\d+)?)?$/;

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

/** Whether a scalar without tag and quotes is a text for go.yaml.in/yaml; "<<" is one, which only its parser takes for a merge key. */
export function isPlainText(text: string): boolean {
  return plain(text)[0] === "!!str" && momentOf(text) === null;
}

function plain(text: string): readonly [Tag, YamlScalar] {
  const known = named.get(text);
  if (known !== undefined) return known;
  if (/^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/.test(text)) {
    const float = Number(text.replaceAll("_", ""));
    return Number.isFinite(float) ? ["!!float", float] : ["!!str", text];
  }
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

/** An integer of 64 bits, with or without a sign, in any base that Go takes; the sign may stand behind 0b and 0o. */
function integerOf(text: string): bigint | null {
  const [, base, after, ones = ""] = /^(0[bo])([-+])(\d+)$/.exec(text) ?? [];
  if (base !== undefined) return integerOf((after ?? "") + base + ones);
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
  const moment = momentOf(text);
  if (moment === null) throw new BuiltinError(`yaml: cannot decode !!str \`${text}\` as a !!timestamp`);
  if (/[-+]2[45]:\d\d$/.test(moment)) throw new BuiltinError("yaml: a time zone is less than 24 hours off");
  return moment;
}

/** The moment that the text names, as Go writes it, or null. */
function momentOf(text: string): string | null {
  const match = MOMENT.exec(text);
  if (match === null) return null;
  const [, year = "", month = "", day = ""] = match;
  const [hour, minute, second] = [
    match[4] ?? match[9] ?? "0",
    match[5] ?? match[10] ?? "0",
    match[6] ?? match[11] ?? "0",
  ];
  const date = `${year}-${twoDigits(month)}-${twoDigits(day)}`;
  const clock = `${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second)}`;
  const at = new Date(`${date}T${clock}Z`);
  if (Number.isNaN(at.getTime()) || !at.toISOString().startsWith(`${date}T${clock}`)) return null;
  const fraction = (match[7] ?? match[12] ?? "")
    .slice(0, 10)
    .replace(",", ".")
    .replace(/\.?0*$/, "");
  return `${date}T${clock}${fraction}${zoneText(match[8] ?? "Z")}`;
}

/** Go also reads 24 hours and 60 minutes, which make a day and an hour. */
function zoneText(zone: string): string {
  const [hours = 0, minutes = 0] = zone.slice(1).split(":").map(Number);
  const total = hours * 60 + minutes;
  if (total === 0) return "Z";
  return `${zone.charAt(0)}${twoDigits(Math.floor(total / 60))}:${twoDigits(total % 60)}`;
}

function twoDigits(value: number | string): string {
  return String(value).padStart(2, "0");
}
