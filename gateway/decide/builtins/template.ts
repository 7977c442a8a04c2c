import type { Value } from "../value.ts";
import { RegoObject, isNumber } from "../value.ts";
import { chargeText, isArray, objectAt, stringAt } from "./operands.ts";
import { parseTemplate } from "./template/parse.ts";
import { renderTemplate } from "./template/render.ts";
import type { Builtin } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** Characters that Go's quoting writes with an escape that JSON does not know: OPA passes variables as text. */
const UNREADABLE = /[\x00-\x07\x0b\x0e-\x1f\x7f]|(?=[\u{10000}-\u{10FFFF}])[\p{C}\p{Z}]/u;

/** Templates take JSON only, and no integer that needs more than 64 bits. */
function checkVariable(value: Value): void {
  if (typeof value === "string" && UNREADABLE.test(value)) throw new BuiltinError("template variables must be JSON");
  if (value instanceof RegoObject) {
    for (const [key, item] of value.entries()) {
      if (typeof key !== "string") throw new BuiltinError("template variables must have strings as keys");
      checkVariable(key);
      checkVariable(item);
    }
  } else if (isArray(value)) value.forEach(checkVariable);
  else if (value !== null && typeof value === "object" && !isNumber(value)) {
    throw new BuiltinError("template variables must be JSON");
  }
}

const render: Builtin = (context, template, variables) => {
  const source = stringAt(1, template);
  const data = objectAt(2, variables);
  chargeText(context, 1_000 + source.length * 40);
  checkVariable(data);
  return renderTemplate(context, parseTemplate(source), data).replaceAll("<no value>", "<undefined>");
};

export const template: Readonly<Record<string, Builtin>> = { "strings.render_template": render };
