import { asBuffer } from "../../lib/bytes-in-turns.ts";
import { answerQuestions, type Answered } from "../../lib/resident-thread.ts";
import { findPrintPlaces } from "../build/find-print-places.ts";
import type { PrintPlacesRequest } from "../build/print-places.ts";
import { checkDataFiles } from "../data/check-data.ts";
import { readPlan } from "../projection/read-plan.ts";
import { analyseModules, analyseRules } from "../rule-checks/analyse-rules.ts";
import type { ModulesCheck, RuleCheck, RulesAnswer } from "../rule-checks/check-rules.ts";
import type { SourceFile } from "../sources.ts";
import type { SentFile } from "./build-thread.ts";

function received({ bytes, ...file }: SentFile): SourceFile {
  return { ...file, bytes: asBuffer(bytes) };
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
