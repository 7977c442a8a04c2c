import { chargeText, stringAt } from "./operands.ts";
import type { Builtin } from "./types.ts";

const quoteMeta: Builtin = (context, pattern) => {
  const text = stringAt(1, pattern);
  chargeText(context, text.length * 2);
  return text.replace(/[*?\\[\]{}]/g, "\\$&");
};

export const glob: Readonly<Record<string, Builtin>> = { "glob.quote_meta": quoteMeta };
