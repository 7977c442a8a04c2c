import { RegoSet, type Value } from "../../gateway/decide/value.ts";

/** OPA walks a schema's properties in the order of a Go map, another one each time; its complaints count as a set. */
export function settled(builtin: string, answer: Value | undefined): Value | undefined {
  if (builtin !== "json.match_schema" || !Array.isArray(answer)) return answer;
  const [ok, complaints] = answer as readonly Value[];
  return Array.isArray(complaints) ? [ok ?? null, RegoSet.from(complaints as readonly Value[])] : answer;
}
