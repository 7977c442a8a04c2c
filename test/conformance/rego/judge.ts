import {
  dumpValue,
  equalValues,
  parseValue,
  RegoObject,
  RegoSet,
  type Value,
} from "../../../gateway/decide/value.ts";
import { compareValues } from "../../../gateway/decide/value/compare.ts";
import type { Case } from "./cases.ts";

/** What the gateway's engine did with a case. */
export type Observed = { readonly rows: string } | { readonly fault: string; readonly detail: string };

/** Why the observation is not what the case wants, as OPA judges its own WebAssembly run; null when it is. */
export function unwanted(test: Case, observed: Observed): string | null {
  if (test.want_error && !test.strict_error) {
    if ("rows" in observed) return `wanted ${test.want_error_code ?? "an error"}, got ${observed.rows}`;
    if (test.want_error_code === "eval_conflict_error")
      return observed.fault === "policy_conflict" ? null : `wanted a conflict, got ${observed.detail}`;
    return `wanted ${test.want_error_code}, got ${observed.detail}`;
  }
  if ("fault" in observed) return `${observed.fault}: ${observed.detail}`;
  const rows = rowsOf(observed.rows);
  if (test.want_defined !== null)
    return rows.length > 0 === test.want_defined
      ? null
      : `wanted ${test.want_defined ? "a" : "no"} result, got ${observed.rows}`;
  // A compiled module has no strict errors: what fails is undefined.
  const want = test.want_result === null ? [] : (parseValue(test.want_result) as readonly Value[]);
  const got = rows.map(withoutSets).map((row) => (test.sort_bindings ? withSortedBindings(row) : row));
  return equalValues(RegoSet.from(want), RegoSet.from(got)) ? null : `wanted ${dumpValue(want)}, got ${dumpValue(got)}`;
}

/** Where OPA's interpreter answers otherwise; null when it does not. Sets stay sets, numbers keep their digits. */
export function disagreement(test: Case, observed: Observed): string | null {
  if ("fault" in observed)
    return test.opa.rows === null
      ? null
      : `OPA answers ${JSON.stringify(test.opa.rows)}, the gateway ${observed.detail}`;
  if (test.opa.rows === null) return `OPA says ${test.opa.error}, the gateway ${observed.rows}`;
  const ordered = (row: Value): Value => (test.sort_bindings ? withSortedBindings(row) : row);
  const theirs = RegoSet.from(test.opa.rows.map((row) => ordered(rowOf(row))));
  const ours = RegoSet.from(rowsOf(observed.rows).map((row) => ordered(userVariables(row))));
  return equalValues(theirs, ours) ? null : `OPA answers ${dumpValue(theirs)}, the gateway ${dumpValue(ours)}`;
}

function rowOf(bindings: Readonly<Record<string, string>>): Value {
  return RegoObject.from(Object.entries(bindings).map(([name, text]) => [name, parseValue(text)] as const));
}

/** A compiled query gives its rows as a set. */
function rowsOf(text: string): readonly Value[] {
  const value = parseValue(text);
  return value instanceof RegoSet ? value.values() : (value as readonly Value[]);
}

/** Without the variables that only the compiler knows of. */
function userVariables(row: Value): Value {
  if (!(row instanceof RegoObject)) return row;
  return RegoObject.from(
    row.entries().filter(([name]) => typeof name === "string" && !name.startsWith("$") && !name.startsWith("__local")),
  );
}

/** Where a case says that the order within a binding does not count. */
function withSortedBindings(row: Value): Value {
  if (!(row instanceof RegoObject)) return row;
  return RegoObject.from(
    row
      .entries()
      .map(
        ([name, value]) => [name, Array.isArray(value) ? [...(value as Value[])].sort(compareValues) : value] as const,
      ),
  );
}

/** Sets become arrays and every key a text, as in the JSON that the case was written in. */
function withoutSets(value: Value): Value {
  if (value instanceof RegoSet) return value.values().map(withoutSets);
  if (Array.isArray(value)) return (value as readonly Value[]).map(withoutSets);
  if (!(value instanceof RegoObject)) return value;
  return RegoObject.from(
    value
      .entries()
      .map(([key, item]) => [typeof key === "string" ? key : dumpValue(withoutSets(key)), withoutSets(item)] as const),
  );
}
