import { answerQuestions, type Answered } from "../../lib/resident-thread.ts";
import { findPrintPlaces } from "../build/find-print-places.ts";
import type { PrintPlacesRequest } from "../build/print-places.ts";
import { checkDataFiles } from "../data/check-data.ts";
import { readPlan } from "../projection/read-plan.ts";
import { analyseModules, analyseRules } from "../rule-checks/analyse-rules.ts";
import type { ModulesCheck, RuleCheck } from "../rule-checks/check-rules.ts";
import type { SourceFile } from "../sources.ts";
import type { SentFile } from "./build-thread.ts";

function received({ bytes, ...file }: SentFile): SourceFile {
  return { ...file, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

answerQuestions({
  data: (files: readonly SentFile[]): Answered => {
    const answer = checkDataFiles(files.map(received));
    const moved = [...answer.merged.map(({ bytes }) => bytes), ...(answer.whole === null ? [] : [answer.whole])];
    return { answer, transfer: moved.map(({ buffer }) => buffer as ArrayBuffer) };
  },
  rules: async (check: RuleCheck): Promise<Answered> => ({ answer: await analyseRules(check) }),
  modules: async (check: ModulesCheck): Promise<Answered> => ({ answer: await analyseModules(check) }),
  prints: async (request: PrintPlacesRequest): Promise<Answered> => ({ answer: await findPrintPlaces(request) }),
  plan: async (file: string): Promise<Answered> => ({ answer: await readPlan(file) }),
});
