/** Rego values outside WASM memory: what host builtins take and give. */
export { RegoNumber, compareNumbers, integerOf, isNumber, makeNumber, numberText } from "./value/number.ts";
export type { NumberValue } from "./value/number.ts";
export { RegoObject, RegoSet } from "./value/collections.ts";
export type { Value } from "./value/collections.ts";
export { bytesOf, stringOf } from "./value/bytes.ts";
export { compareStrings, equalValues } from "./value/compare.ts";
export { ValueSyntaxError, parseValue } from "./value/parse.ts";
export { dumpValue } from "./value/json.ts";
export { fromJson, jsonTextOf, toJson } from "./value/json.ts";
