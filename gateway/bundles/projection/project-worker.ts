import { createReadStream } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { readEntries } from "../archive/entries.ts";
import type { Plan } from "./plan.ts";
import { projectionsOf } from "./project.ts";

/** Runs projectionsOf in a worker thread: a plan is megabytes of JSON, and the main thread serves requests. */
async function answer(): Promise<void> {
  const entries = await readEntries(createReadStream(workerData as string), new Set(["plan.json"]));
  const plan = entries.get("plan.json");
  if (plan === undefined) throw new Error("opa built no plan.json");
  // Sent as text: structured cloning would lose members with names like __proto__.
  parentPort?.postMessage(JSON.stringify(projectionsOf(JSON.parse(plan.toString("utf8")) as Plan)));
}

await answer();
