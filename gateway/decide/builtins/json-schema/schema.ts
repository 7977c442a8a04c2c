import type { NumberValue } from "../../value.ts";
import { BuiltinError } from "../types.ts";

/** A compiled JSON Schema (drafts 4, 6 and 7, mixed when `$schema` does not say which). */
export interface Schema {
  /** `true` and `false` as schemas. */
  pass?: boolean;
  reference?: Schema;
  types: string[];
  properties: Map<string, Schema>;
  patternProperties: Map<string, Schema>;
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  dependencies: Map<string, readonly string[] | Schema>;
  items?: Schema | readonly Schema[];
  additionalItems?: boolean | Schema;
  contains?: Schema;
  required: string[];
  /** Canonical JSON texts, in which 1 and 1.0 are one. */
  enum?: readonly string[];
  const?: string;
  multipleOf?: NumberValue;
  minimum?: NumberValue;
  exclusiveMinimum?: NumberValue;
  maximum?: NumberValue;
  exclusiveMaximum?: NumberValue;
  limits: Partial<Record<Limit, number>>;
  uniqueItems: boolean;
  pattern?: string;
  format?: string;
  allOf: Schema[];
  anyOf: Schema[];
  oneOf: Schema[];
  not?: Schema;
  if?: Schema;
  then?: Schema;
  else?: Schema;
}

export const LIMITS = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"] as const;
export type Limit = (typeof LIMITS)[number];

export function emptySchema(): Schema {
  return {
    types: [],
    properties: new Map(),
    patternProperties: new Map(),
    dependencies: new Map(),
    required: [],
    limits: {},
    uniqueItems: false,
    allOf: [],
    anyOf: [],
    oneOf: [],
  };
}

export function invalidType(expected: string, given: string): BuiltinError {
  return new BuiltinError(`Invalid type. Expected: ${expected}, given: ${given}`);
}

/** One thing wrong with a document. */
export interface Problem {
  readonly type: string;
  readonly field: string;
  readonly description: string;
}
