import type { Value } from "../value.ts";
import { RegoObject, ValueSyntaxError, parseValue } from "../value.ts";
import { compileSchema } from "./json-schema/compile.ts";
import { validateDocument } from "./json-schema/validate.ts";
import { marshalJson } from "./json/marshal.ts";
import { chargeText, isArray } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

/** A document as JSON: text is parsed, values lose their sets and odd keys. */
function readDocument(context: BuiltinContext, value: Value | undefined): Value {
  context.charge(10);
  if (!(value instanceof RegoObject) && !isArray(value) && typeof value !== "string") {
    throw new BuiltinError("wrong type, expected string or object");
  }
  const text = typeof value === "string" ? value : marshalJson(value);
  chargeText(context, text.length * 8);
  try {
    return parseValue(text, true);
  } catch (error) {
    if (error instanceof ValueSyntaxError) throw new BuiltinError("invalid JSON string");
    throw error;
  }
}

const verify: Builtin = (context, schema) => {
  try {
    compileSchema(context, readDocument(context, schema));
    return [true, null];
  } catch (error) {
    if (error instanceof BuiltinError) return [false, `jsonschema: ${error.message}`];
    throw error;
  }
};

const match: Builtin = (context, document, schema) => {
  const value = readDocument(context, document);
  const problems = validateDocument(context, compileSchema(context, readDocument(context, schema)), value);
  const listed = problems.map(({ type, field, description }) =>
    RegoObject.from([
      ["error", `${field}: ${description}`],
      ["type", type],
      ["field", field],
      ["desc", description],
    ] as const),
  );
  return [problems.length === 0, listed];
};

export const jsonSchema: Readonly<Record<string, Builtin>> = {
  "json.verify_schema": verify,
  "json.match_schema": match,
};
