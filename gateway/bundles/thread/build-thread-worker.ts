import { createReadStream } from "node:fs";
import { asBuffer } from "../../lib/bytes-in-turns.ts";
import { parseJson } from "../../lib/parse-json.ts";
import { answerQuestions, type Answered } from "../../lib/resident-thread.ts";
import { readEntries } from "../archive/entries.ts";
import { findPrintPlaces } from "../build/find-print-places.ts";
import type { PrintPlacesRequest } from "../build/print-places.ts";
import { checkDataFiles } from "../data/check-data.ts";
import type { Plan } from "../projection/plan.ts";
import { projectionsOf } from "../projection/project.ts";
import { analyseModules, analyseRules } from "../rule-checks/analyse-rules.ts";
import type { ModulesCheck, RuleCheck, RulesAnswer } from "../rule-checks/check-rules.ts";
import type { SourceFile } from "../sources.ts";
import type { SentFile } from "./build-thread.ts";

function received({ bytes, ...file }: SentFile): SourceFile {
  return { ...file, bytes: asBuffer(bytes) };
}

/** `projectionsOf` the plan in an archive, as JSON. A plan is megabytes of JSON, so that it is read on a thread of its own. */
async function readPlan(planFile: string): Promise<string> {
  const entries = await readEntries(createReadStream(planFile), new Set(["plan.json"]));
  const plan = entries.get("plan.json");
  if (plan === undefined) throw new Error("opa built no plan.json");
  // Sent as text: structured cloning would lose members with names like __proto__.
  return JSON.stringify(projectionsOf(parseJson(plan.toString("utf8")) as Plan));
}

answerQuestions({
  data: (files: readonly SentFile[]): Answered => {
    const answer = checkDataFiles(files.map(received));
    const moved = [...answer.merged.map(({ bytes }) => bytes), ...(answer.whole === null ? [] : [answer.whole])];
    return { answer, transfer: moved.map(({ buffer }) => buffer as ArrayBuffer) };
  },
  bundleData: (data: Uint8Array, moved): Answered => {
    const checked = checkDataFiles([{ path: "data.json", bytes: asBuffer(data) }]);
    return { answer: { checked, data }, transfer: moved };
  },
  rules: async (check: RuleCheck, moved): Promise<Answered> => {
    const data = moved.length === 0 ? null : (check.data ?? null);
    return { answer: { answer: await analyseRules(check), data } satisfies RulesAnswer, transfer: moved };
  },
  modules: async (check: ModulesCheck): Promise<Answered> => ({ answer: await analyseModules(check) }),
  prints: async (request: PrintPlacesRequest): Promise<Answered> => ({ answer: await findPrintPlaces(request) }),
  plan: async (file: string): Promise<Answered> => ({ answer: await readPlan(file) }),
});
