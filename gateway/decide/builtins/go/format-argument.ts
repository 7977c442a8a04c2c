import { bytesOf } from "../../value.ts";
import { binaryText, hexText } from "./float-bits.ts";
import { formatFloat } from "./float-text.ts";
import type { FormatArgument, Spec } from "./format-spec.ts";
import { emptySpec, pad } from "./format-spec.ts";
import { canBackquote, isPrintable, quote } from "./quote.ts";

/** One argument under one verb, as Go's fmt prints it. */
export function formatArgument(spec: Spec, verb: string, argument: FormatArgument): string {
  if (verb === "T") return pad(spec, argument.type);
  if (verb === "p") return badVerb(spec, verb, argument);
  switch (argument.type) {
    case "bool":
      return "tv".includes(verb) ? pad(spec, String(argument.value)) : badVerb(spec, verb, argument);
    case "string":
    case "json.Number":
      return formatString(spec, verb, argument.value) ?? badVerb(spec, verb, argument);
    case "float64":
      return formatNumber(spec, verb, argument.value) ?? badVerb(spec, verb, argument);
    case "*big.Int":
      return formatBig(spec, verb, argument.value);
    default:
      return formatInt(spec, verb, argument.value) ?? badVerb(spec, verb, argument);
  }
}

function badVerb(spec: Spec, verb: string, argument: FormatArgument): string {
  return `%!${verb}(${argument.type}=${formatArgument(spec, "v", argument)})`;
}

/** For `%!(EXTRA …)`. */
export function describeArgument(argument: FormatArgument): string {
  return `${argument.type}=${formatArgument(emptySpec(), "v", argument)}`;
}

function formatString(spec: Spec, verb: string, value: string): string | undefined {
  const text = spec.precision === undefined ? value : Array.from(value).slice(0, spec.precision).join("");
  switch (verb) {
    case "s":
      return pad(spec, text);
    case "v":
      return pad(spec, spec.sharpV ? quote(text) : text);
    case "q":
      if (spec.sharp && canBackquote(text)) return pad(spec, `\`${text}\``);
      return pad(spec, quote(text, spec.plus));
    case "x":
    case "X":
      return hexString(spec, verb, value);
    default:
      return undefined;
  }
}

function hexString(spec: Spec, verb: string, value: string): string {
  const bytes = bytesOf(value).subarray(0, spec.precision);
  if (bytes.length === 0) return pad(spec, "");
  const prefix = spec.sharp ? (verb === "x" ? "0x" : "0X") : "";
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  const cased = verb === "x" ? hex : hex.map((pair) => pair.toUpperCase());
  return pad(spec, spec.space ? cased.map((pair) => prefix + pair).join(" ") : prefix + cased.join(""));
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function formatInt(spec: Spec, verb: string, value: bigint): string | undefined {
  const base = BASES[verb];
  if (base !== undefined) return formatInteger(spec, verb, base, value);
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  const character = code >= 0xd800 && code <= 0xdfff ? "\ufffd" : String.fromCodePoint(code);
  if (verb === "c") return pad(spec, character);
  if (verb === "q") return pad(spec, quote(character, spec.plus, "'"));
  if (verb !== "U") return undefined;
  const hex = BigInt.asUintN(64, value).toString(16).toUpperCase();
  const shown = spec.sharp && BigInt(code) === value && isPrintable(character) ? ` '${character}'` : "";
  return pad(spec, `U+${hex.padStart(Math.max(spec.precision ?? 4, 4), "0")}${shown}`, false);
}

function formatInteger(spec: Spec, verb: string, base: number, value: bigint): string {
  if (spec.precision === 0 && value === 0n) return pad(spec, "", false);
  const sign = value < 0n ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  let digits = (value < 0n ? -value : value).toString(base);
  if (verb === "X") digits = digits.toUpperCase();
  let least = spec.precision ?? 0;
  if (spec.precision === undefined && spec.zero && !spec.minus && spec.width !== undefined) {
    least = spec.width - sign.length;
  }
  digits = digits.padStart(least, "0");
  return pad(spec, sign + integerPrefix(spec, verb, base, digits) + digits, false);
}

function integerPrefix(spec: Spec, verb: string, base: number, digits: string): string {
  const octal = verb === "O" ? "0o" : "";
  if (!spec.sharp) return octal;
  if (base === 2) return "0b";
  if (base === 8) return octal + (digits.startsWith("0") ? "" : "0");
  return base === 16 ? (verb === "X" ? "0X" : "0x") : "";
}

function formatBig(spec: Spec, verb: string, value: bigint): string {
  const base = verb === "s" ? 10 : BASES[verb];
  if (base === undefined) return `%!${verb}(big.Int=${value})`;
  const sign = value < 0n ? "-" : spec.plus || spec.plusV ? "+" : spec.space ? " " : "";
  const sharp = spec.sharp ? ({ b: "0b", o: "0", x: "0x", X: "0X" }[verb] ?? "") : "";
  const prefix = verb === "O" ? "0o" : sharp;
  let digits = (value < 0n ? -value : value).toString(base);
  if (verb === "X") digits = digits.toUpperCase();
  let zeros = Math.max(0, (spec.precision ?? 0) - digits.length);
  const missing = (spec.width ?? 0) - (sign.length + prefix.length + zeros + digits.length);
  if (missing > 0 && !spec.minus && spec.zero && spec.precision === undefined) zeros = missing;
  return pad(spec, sign + prefix + "0".repeat(zeros) + digits, false);
}

function formatNumber(spec: Spec, verb: string, value: number): string | undefined {
  const base = verb === "v" ? "g" : verb;
  if (!"eEfFgGxXb".includes(base) || base.length !== 1) return undefined;
  const precision = spec.precision ?? ("gGxXb".includes(base) ? -1 : 6);
  let text = floatText(Math.abs(value), base, precision);
  if (spec.sharp && base !== "b") text = keepPoint(text, base, precision);
  const sign = value < 0 || Object.is(value, -0) ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  if (sign !== "" && spec.zero && !spec.minus && spec.width !== undefined) {
    return sign + text.padStart(spec.width - sign.length, "0");
  }
  return pad(spec, sign + text);
}

function floatText(value: number, verb: string, precision: number): string {
  if (verb === "b") return binaryText(value);
  if (verb === "x") return hexText(value, precision);
  return verb === "X" ? hexText(value, precision).toUpperCase() : formatFloat(value, verb, precision);
}

/** The `#` flag: always a decimal point, and %g keeps its trailing zeros. */
function keepPoint(text: string, verb: string, precision: number): string {
  const split = text.search("xX".includes(verb) ? /[pP]/ : /[eE]/);
  const tail = split < 0 ? "" : text.slice(split);
  let head = split < 0 ? text : text.slice(0, split);
  const significant = head.replace(".", "").replace(/^0+/, "").length;
  let missing = "gGx".includes(verb) ? (precision === -1 ? 6 : precision) - significant : 0;
  if (!head.includes(".")) {
    if (head === "0") missing -= 1;
    head += ".";
  }
  return head + "0".repeat(Math.max(0, missing)) + tail;
}
