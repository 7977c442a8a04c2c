import type { Change } from "../api/types.ts";
import type { JsonObject, JsonValue } from "../api/types.ts";
import { type Change as Difference, changes } from "./json.ts";

/** Display name of each changed field, and what its change may mean. */
const words: Readonly<Record<string, readonly [string, string]>> = {
  definition_digest: ["Definition of the tool", "The tool may do something else now than it did then."],
  origin: ["Where the call goes", "Another server would receive it."],
  path: ["Path", "Another address would be called."],
  arguments: ["Arguments", ""],
  query: ["Query", ""],
  headers: ["Headers", "Headers can change what a call does."],
  labels: ["Labels of the session", "The session has more labels than at the earlier hold."],
  risk: ["Risk score", "It is higher than at the earlier hold."],
  policy: ["What policy requires", "The earlier votes do not satisfy what policy requires now."],
  sensitivity: ["Sensitivity of the tool", ""],
  reversible: ["Whether it can be undone", ""],
  acting_for: ["Person behind the agent", ""],
  agent_owner: ["Owner of the agent", ""],
  session: ["Session", ""],
  task: ["Task", ""],
  subject: ["Agent", "Another agent, or the same one with another key."],
};

export function nameOfChange(what: string): string {
  return words[what]?.[0] ?? what.replaceAll("_", " ");
}

export function meaningOfChange(what: string): string {
  return words[what]?.[1] ?? "";
}

/** Value by value: of two objects only what differs between them; lists of plain values as they are. */
export function linesOf({ before, after }: Change): Difference[] {
  if (isTree(before) && isTree(after)) return changes(before, after);
  return [{ pointer: "", kind: "changed", before, after }];
}

function isTree(value: JsonValue): value is JsonObject {
  if (typeof value !== "object" || value === null) return false;
  const values: readonly JsonValue[] = Object.values(value);
  return values.length > 0 && (!Array.isArray(value) || values.some((inner) => typeof inner === "object"));
}
