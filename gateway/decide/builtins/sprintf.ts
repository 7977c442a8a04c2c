import type { Value } from "../value.ts";
import { isNumber, numberText } from "../value.ts";
import type { FormatArgument } from "./go/format-spec.ts";
import { goSprintf } from "./go/sprintf.ts";
import { termText } from "./go/term-text.ts";
import { arrayAt, chargeText, stringAt } from "./operands.ts";
import type { Builtin } from "./types.ts";

const FLOAT = /[.eE]/;
const INT64 = 1n << 63n;

const sprintf: Builtin = (context, format, values) => {
  const text = stringAt(1, format);
  const args = arrayAt(2, values).map(toArgument);
  // Widths and precisions are the only way to make much of little, and Go caps them at a million.
  const widths = text.match(/\d{4,7}/g)?.map(Number) ?? [];
  const stars = text.includes("*") ? args.map((arg) => (arg.type === "int64" ? Math.abs(Number(arg.value)) : 0)) : [];
  chargeText(context, text.length * 8, ...[...widths, ...stars].map((size) => Math.min(size, 1e6)));
  chargeText(context, ...args.map((arg) => (arg.type === "string" ? arg.value.length : 40)));
  return goSprintf(text, args);
};

function toArgument(value: Value): FormatArgument {
  if (typeof value === "string") return { type: "string", value };
  if (!isNumber(value)) return { type: "string", value: termText(value) };
  const text = numberText(value);
  if (FLOAT.test(text)) {
    const double = Number(text);
    return Number.isFinite(double) ? { type: "float64", value: double } : { type: "string", value: text };
  }
  const integer = BigInt(text);
  return { type: integer >= -INT64 && integer < INT64 ? "int64" : "*big.Int", value: integer };
}

export const formatting: Readonly<Record<string, Builtin>> = { sprintf };
