import { isJsonObject } from "../../lib/json.ts";
import type { ActionBinding } from "./approval.ts";

/** Who acted in between the subject and whom it acts for. In a question of another enforcement point also who asks it. */
export function between({ actors = [], protocol, beside }: ActionBinding): string[] {
  return protocol === "authzen" ? [...actors, ...askers(beside)] : [...actors];
}

/** In a question of another enforcement point the agent is its actor, and its subject the person; and somebody asks it. */
function askers({ actors, enforcement_point: asker }: ActionBinding["beside"]): string[] {
  const chain = Array.isArray(actors) ? actors.map((actor) => (Array.isArray(actor) ? actor[1] : null)) : [];
  const names = [...chain, isJsonObject(asker) ? asker["id"] : null];
  return names.filter((name) => typeof name === "string");
}
