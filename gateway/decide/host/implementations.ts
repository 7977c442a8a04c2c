import type { Builtin, Redirect as BuiltinRedirect } from "../builtins/types.ts";
import type { Redirect } from "../fuel/meter.ts";
export type Registry = ReadonlyMap<string, Builtin>;

/** Ids of redirected natives begin here; OPA's compiler numbers a module's own host builtins from zero. */
const FIRST_REDIRECT = 1_000_000;

interface Implementation {
  readonly name: string;
  readonly run: Builtin;
}

/** The implementation behind each builtin id of one module. */
export class Implementations {
  readonly #byId = new Map<number, Implementation>();

  /** @throws Error that names every builtin that the module needs and the host lacks */
  constructor(registry: Registry, required: Readonly<Record<string, number>>, redirects: readonly PlannedRedirect[]) {
    const missing: string[] = [];
    for (const [name, id] of Object.entries(required)) {
      const run = registry.get(name);
      if (run === undefined) missing.push(name);
      else this.#byId.set(id, { name, run });
    }
    if (missing.length > 0)
      throw new Error(`the policy uses builtins this gateway does not have: ${missing.sort().join(", ")}`);
    for (const { id, name, run } of redirects) this.#byId.set(id, { name, run });
  }

  has(name: string): boolean {
    return this.#byId.values().some((one) => one.name === name);
  }

  find(id: number): Implementation {
    const found = this.#byId.get(id);
    if (found === undefined) throw new Error(`the policy called builtin ${id}, which it never declared`);
    return found;
  }
}

/** A native function to be replaced, the builtin id of its calls, and the implementation that runs instead. */
export interface PlannedRedirect extends Redirect, Implementation {}

/** @throws Error for a builtin that OPA does not compile into the module: it needs no redirect, so the table is wrong */
export function planRedirects(redirects: readonly BuiltinRedirect[]): PlannedRedirect[] {
  return redirects.map(({ name, builtin, wrongForSetAt = null }, index) => {
    const native = nativeFunctions[name];
    if (native === undefined) throw new Error(`${name} is not native to OPA's modules and cannot be redirected`);
    return { native, name, run: builtin, id: FIRST_REDIRECT + index, onlyForSetAt: wrongForSetAt };
  });
}

/**
 * The function of each builtin that OPA's compiler compiles into the module (`builtinsFunctions` in
 * https://github.com/open-policy-agent/opa/blob/v1.22.2/internal/compiler/wasm/wasm.go): builtin name → function name.
 */
export const nativeFunctions: Readonly<Record<string, string>> = {
  abs: "opa_arith_abs",
  all: "opa_agg_all",
  and: "opa_set_intersection",
  any: "opa_agg_any",
  "array.concat": "opa_array_concat",
  "array.flatten": "opa_array_flatten",
  "array.reverse": "opa_array_reverse",
  "array.slice": "opa_array_slice",
  "base64.decode": "opa_base64_decode",
  "base64.encode": "opa_base64_encode",
  "base64.is_valid": "opa_base64_is_valid",
  "base64url.decode": "opa_base64_url_decode",
  "base64url.encode": "opa_base64_url_encode",
  "bits.and": "opa_bits_and",
  "bits.lsh": "opa_bits_shiftleft",
  "bits.negate": "opa_bits_negate",
  "bits.or": "opa_bits_or",
  "bits.rsh": "opa_bits_shiftright",
  "bits.xor": "opa_bits_xor",
  ceil: "opa_arith_ceil",
  concat: "opa_strings_concat",
  contains: "opa_strings_contains",
  count: "opa_agg_count",
  div: "opa_arith_divide",
  endswith: "opa_strings_endswith",
  equal: "opa_cmp_eq",
  floor: "opa_arith_floor",
  format_int: "opa_strings_format_int",
  "glob.match": "opa_glob_match",
  "graph.reachable": "builtin_graph_reachable",
  gt: "opa_cmp_gt",
  gte: "opa_cmp_gte",
  indexof: "opa_strings_indexof",
  "internal.member_2": "builtin_member",
  "internal.member_3": "builtin_member3",
  "internal.template_string": "opa_template_string",
  intersection: "opa_sets_intersection",
  is_array: "opa_types_is_array",
  is_boolean: "opa_types_is_boolean",
  is_null: "opa_types_is_null",
  is_number: "opa_types_is_number",
  is_object: "opa_types_is_object",
  is_set: "opa_types_is_set",
  is_string: "opa_types_is_string",
  "json.filter": "builtin_json_filter",
  "json.is_valid": "opa_json_is_valid",
  "json.marshal": "opa_json_marshal",
  "json.remove": "builtin_json_remove",
  "json.unmarshal": "opa_json_unmarshal",
  lower: "opa_strings_lower",
  lt: "opa_cmp_lt",
  lte: "opa_cmp_lte",
  max: "opa_agg_max",
  min: "opa_agg_min",
  minus: "opa_arith_minus",
  mul: "opa_arith_multiply",
  neq: "opa_cmp_neq",
  "net.cidr_contains": "opa_cidr_contains",
  "net.cidr_intersects": "opa_cidr_intersects",
  "net.cidr_overlap": "opa_cidr_contains",
  "numbers.range": "opa_numbers_range",
  "object.filter": "builtin_object_filter",
  "object.get": "builtin_object_get",
  "object.keys": "builtin_object_keys",
  "object.remove": "builtin_object_remove",
  "object.union": "builtin_object_union",
  "object.union_n": "builtin_object_union_n",
  or: "opa_set_union",
  plus: "opa_arith_plus",
  product: "opa_agg_product",
  re_match: "opa_regex_match",
  "regex.find_all_string_submatch_n": "opa_regex_find_all_string_submatch",
  "regex.is_valid": "opa_regex_is_valid",
  "regex.match": "opa_regex_match",
  rem: "opa_arith_rem",
  replace: "opa_strings_replace",
  round: "opa_arith_round",
  set_diff: "opa_set_diff",
  sort: "opa_agg_sort",
  split: "opa_strings_split",
  startswith: "opa_strings_startswith",
  "strings.replace_n": "opa_strings_replace_n",
  "strings.reverse": "opa_strings_reverse",
  substring: "opa_strings_substring",
  sum: "opa_agg_sum",
  to_number: "opa_to_number",
  trim: "opa_strings_trim",
  trim_left: "opa_strings_trim_left",
  trim_prefix: "opa_strings_trim_prefix",
  trim_right: "opa_strings_trim_right",
  trim_space: "opa_strings_trim_space",
  trim_suffix: "opa_strings_trim_suffix",
  type_name: "opa_types_name",
  union: "opa_sets_union",
  upper: "opa_strings_upper",
  walk: "opa_value_transitive_closure",
};
