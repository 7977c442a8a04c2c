import type { JsonObject, JsonValue } from "../../lib/json.ts";
import type { Condition, DataStep } from "../../domain/projection.ts";

/** Whether every condition may hold of a document. In doubt it does: sending too much costs time, too little would be another input. */
export type Holds = (document: JsonValue) => boolean;

/** `data` is what the policy has beside its rules; what conditions name of it is looked up here, once. */
export function compileConditions(conditions: readonly Condition[], data: JsonObject): Holds {
  const all = conditions.map((condition) => ("data" in condition ? isThere(condition.data, 0, data) : fits(condition)));
  return (document) => {
    for (const holds of all) if (!holds(document)) return false;
    return true;
  };
}

function fits({ at, is, not }: Extract<Condition, { readonly at: unknown }>): Holds {
  return (document) => (valueAt(document, at) === is) !== not;
}

const always: Holds = () => true;
const never: Holds = () => false;

/** Constant names lead on while the conditions are compiled, those of the input for each document. */
function isThere(path: readonly DataStep[], from: number, start: JsonValue): Holds {
  let found = start;
  for (let index = from; index < path.length; index += 1) {
    const step = path[index] as DataStep;
    if (typeof found !== "object" || found === null) return never;
    if (step === null) return Object.keys(found).length > 0 ? always : never;
    if (typeof step !== "string") return below(path, index, step, found);
    // Lists are looked up by numbers.
    if (Array.isArray(found)) return always;
    if (!Object.hasOwn(found, step)) return never;
    found = (found as JsonObject)[step] as JsonValue;
  }
  return always;
}

function below(path: readonly DataStep[], index: number, step: readonly string[], found: object): Holds {
  const known = new Map<string, Holds>();
  return (document) => {
    const name = valueAt(document, step);
    if (name === undefined) return false;
    // Lists are looked up by numbers, and other names than texts are not worth knowing here.
    if (typeof name !== "string" || Array.isArray(found)) return true;
    let holds = known.get(name);
    if (holds === undefined) {
      if (!Object.hasOwn(found, name)) return false;
      // Of names that the data has, so there are only so many.
      known.set(name, (holds = isThere(path, index + 1, (found as JsonObject)[name] as JsonValue)));
    }
    return holds(document);
  };
}

export function valueAt(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || Array.isArray(found)) return undefined;
    if (name in Object.prototype && !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, JsonValue>>)[name];
  }
  return found;
}
