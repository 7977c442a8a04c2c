import type { Value } from "../value.ts";
import { isNumber, numberText } from "../value.ts";
import type { FormatArgument } from "./go/format-spec.ts";
import { goSprintf } from "./go/sprintf.ts";
import { termText } from "./go/term-text.ts";
import { arrayAt, chargeText, stringAt } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";

const FLOAT = /[.eE]/;
const INT64 = 1n << 63n;

const sprintf: Builtin = (context, format, values) => {
  const text = stringAt(1, format);
  const items = arrayAt(2, values);
  chargeDigits(context, items);
  const args = items.map(toArgument);
  // Widths and precisions are the only way to make much of little, and Go caps them at ten million.
  const widths = text.match(/\d{4,8}/g)?.map(Number) ?? [];
  const stars = text.includes("*") ? args.map((arg) => (arg.type === "int64" ? Math.abs(Number(arg.value)) : 0)) : [];
  chargeText(context, 160 + text.length * 8, ...[...widths, ...stars].map((size) => Math.min(size, 1e7)));
  chargeText(context, ...args.map((arg) => (arg.type === "string" ? arg.value.length : 40)));
  return goSprintf(text, args, (work) => chargeText(context, work));
};

/** Reading and writing digits costs the square of their number. */
function chargeDigits(context: BuiltinContext, values: readonly Value[]): void {
  for (const value of values) {
    const digits = isNumber(value) ? numberText(value).length : 0;
    context.charge(5 + digits + (digits * digits) / 256);
  }
}

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
