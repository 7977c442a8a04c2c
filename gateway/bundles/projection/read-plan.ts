import { createReadStream } from "node:fs";
import { readEntries } from "../archive/entries.ts";
import type { Plan } from "./plan.ts";
import { projectionsOf } from "./project.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** `projectionsOf` the plan in an archive, as JSON. A plan is megabytes of JSON, so that it is read on a thread of its own. */
export async function readPlan(planFile: string): Promise<string> {
  const entries = await readEntries(createReadStream(planFile), new Set(["plan.json"]));
  const plan = entries.get("plan.json");
  if (plan === undefined) throw new Error("opa built no plan.json");
  // Sent as text: structured cloning would lose members with names like __proto__.
  return JSON.stringify(projectionsOf(parseJson(plan.toString("utf8")) as Plan));
}
