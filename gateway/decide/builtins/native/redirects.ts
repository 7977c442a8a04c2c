import { marshal } from "../json/marshal.ts";
import { nativeNet } from "../net.ts";
import { unionN } from "../object.ts";
import { nativeRegex } from "../regex.ts";
import type { Builtin, Redirect } from "../types.ts";
import * as arithmetic from "./arithmetic.ts";
import * as conversion from "./conversion.ts";
import { globMatch } from "./glob.ts";
import { jsonFilter, jsonRemove } from "./json-paths.ts";
import * as strings from "./strings.ts";

const FIND_ALL = "regex.find_all_string_submatch_n";

type Row = readonly [native: string, name: string, builtin: Builtin, reason: string, wrongForSetAt?: number];

const TABLE: readonly Row[] = [
  ["opa_arith_plus", "plus", arithmetic.plus, "decimal instead of 64-bit binary fractions"],
  ["opa_arith_minus", "minus", arithmetic.minus, "decimal instead of 64-bit binary fractions"],
  ["opa_arith_multiply", "mul", arithmetic.multiplied, "decimal instead of 64-bit binary fractions"],
  ["opa_arith_divide", "div", arithmetic.divided, "precision of the quotient"],
  ["opa_arith_rem", "rem", arithmetic.remainder, "large integers"],
  ["opa_arith_abs", "abs", arithmetic.abs, "fractions are rounded to 64 bits in OPA"],
  ["opa_arith_round", "round", arithmetic.round, "half away from zero, not to even"],
  ["opa_arith_ceil", "ceil", arithmetic.ceil, "fractions are rounded to 64 bits in OPA"],
  ["opa_arith_floor", "floor", arithmetic.floor, "fractions are rounded to 64 bits in OPA"],
  ["opa_agg_sum", "sum", arithmetic.sum, "decimal instead of 64-bit binary fractions"],
  ["opa_agg_product", "product", arithmetic.product, "decimal instead of 64-bit binary fractions"],
  ["opa_bits_and", "bits.and", arithmetic.bitsAnd, "integers written as 1.0 or 1e3"],
  ["opa_bits_or", "bits.or", arithmetic.bitsOr, "integers written as 1.0 or 1e3"],
  ["opa_bits_xor", "bits.xor", arithmetic.bitsXor, "integers written as 1.0 or 1e3"],
  ["opa_bits_negate", "bits.negate", arithmetic.bitsNegate, "integers written as 1.0 or 1e3"],
  ["opa_bits_shiftleft", "bits.lsh", arithmetic.bitsLeft, "negative and large integers, unbounded work"],
  ["opa_bits_shiftright", "bits.rsh", arithmetic.bitsRight, "integers written as 1.0 or 1e3"],
  ["opa_numbers_range", "numbers.range", conversion.numbersRange, "unbounded memory"],
  ["opa_to_number", "to_number", conversion.toNumberOf, "texts that are no numbers"],
  ["opa_strings_format_int", "format_int", conversion.formatInt, "aborts beyond 32 bits"],
  ["opa_json_unmarshal", "json.unmarshal", conversion.jsonUnmarshal, "reads what is not JSON"],
  ["opa_json_is_valid", "json.is_valid", conversion.jsonIsValid, "accepts what is not JSON"],
  ["opa_json_marshal", "json.marshal", marshal, "order of keys and escapes"],
  ["opa_base64_decode", "base64.decode", conversion.base64Decode, "accepts what is not base64"],
  ["opa_base64_is_valid", "base64.is_valid", conversion.base64IsValid, "accepts what is not base64"],
  ["opa_base64_url_decode", "base64url.decode", conversion.base64UrlDecode, "accepts what is not base64url"],
  ["opa_strings_concat", "concat", strings.concat, "order of a set", 1],
  ["opa_strings_indexof", "indexof", strings.indexOf, "an empty needle is an error in OPA"],
  ["opa_strings_substring", "substring", strings.substring, "integers written as 1.0"],
  ["opa_strings_replace", "replace", strings.replace, "an empty needle never returns"],
  ["opa_strings_replace_n", "strings.replace_n", strings.replaceN, "an empty needle inside a character"],
  ["opa_template_string", "internal.template_string", strings.templateString, "control characters inside collections"],
  ["opa_array_slice", "array.slice", strings.slice, "integers written as 1.0"],
  ["builtin_json_filter", "json.filter", jsonFilter, "an empty path traps"],
  ["builtin_json_remove", "json.remove", jsonRemove, "an empty path traps"],
  ["opa_glob_match", "glob.match", globMatch, "special characters"],
  ["builtin_object_union_n", "object.union_n", unionN, "an empty list is undefined"],
  ["opa_regex_find_all_string_submatch", FIND_ALL, nativeRegex.findAllSubmatches, "counts below -1 and written as 1.0"],
  ["opa_regex_match", "regex.match", nativeRegex.match, "a pattern is cut off at its first NUL"],
  ["opa_regex_is_valid", "regex.is_valid", nativeRegex.isValid, "another dialect of RE2"],
  ["opa_cidr_contains", "net.cidr_contains", nativeNet.cidrContains, "malformed addresses"],
  ["opa_cidr_intersects", "net.cidr_intersects", nativeNet.cidrIntersects, "malformed addresses"],
];

/** By the native function's name in the module's name section. */
export const redirectsByNative: ReadonlyMap<string, Redirect> = new Map(
  TABLE.map(([native, name, builtin, reason, wrongForSetAt]) => [
    native,
    { name, builtin, reason, ...(wrongForSetAt === undefined ? {} : { wrongForSetAt }) },
  ]),
);
