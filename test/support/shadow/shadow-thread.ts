/** In the place of the thread of a candidate: keeps calls until one for the tool `answer` comes, and ends at one for `end`. */
import { parentPort } from "node:worker_threads";
import type { FromShadow, Judged, ShadowCall, ToShadow } from "../../../gateway/impact/shadow/shadow-messages.ts";

const active = { revision: "candidate", digest: "sha256:c", activated_at: 1, source: "folder draft" };
const tell = (message: FromShadow): void => parentPort?.postMessage(message);
const kept: ShadowCall[] = [];

const judged = ({ revision: against }: ShadowCall): Judged => ({
  against,
  candidate: active.revision,
  difference: null,
  unknown: [],
  asRecorded: [],
});

parentPort?.on("message", (message: ToShadow) => {
  if (message.kind === "stop") process.exit();
  kept.push(...message.calls);
  if (kept.some(({ tool }) => tool.endsWith("/end"))) throw new Error("it was made to fail");
  if (kept.some(({ tool }) => tool.endsWith("/answer"))) tell({ kind: "judged", judged: kept.splice(0).map(judged) });
});
tell({ kind: "status", status: { active, failure: null, building: null, warnings: [], faults: [] } });
