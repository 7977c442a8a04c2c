import { answerQuestions, type Answered } from "../../lib/resident-thread.ts";
import { type ProgramRun, runProgram } from "./run-program.ts";

answerQuestions({ run: async (run: ProgramRun): Promise<Answered> => ({ answer: await runProgram(run) }) });
