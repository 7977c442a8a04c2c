import { marshalWithOptions } from "./json/marshal.ts";
import { patch } from "./json/patch.ts";
import type { Builtin } from "./types.ts";

export const json: Readonly<Record<string, Builtin>> = {
  "json.patch": patch,
  "json.marshal_with_options": marshalWithOptions,
};
