import { createReadStream } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { readEntries } from "../archive/archive.ts";
import type { Plan } from "./plan.ts";
import { projectionsOf } from "./project.ts";

/** On a thread of its own: a plan is megabytes of JSON, and requests are being answered meanwhile. */
async function answer(): Promise<void> {
  const entries = await readEntries(createReadStream(workerData as string), new Set(["plan.json"]));
  const plan = entries.get("plan.json");
  if (plan === undefined) throw new Error("opa built no plan.json");
  // As text: copying objects to another thread would lose members with names like __proto__.
  parentPort?.postMessage(JSON.stringify(projectionsOf(JSON.parse(plan.toString("utf8")) as Plan)));
}

await answer();
