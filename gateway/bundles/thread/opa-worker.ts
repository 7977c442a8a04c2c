/** A process that runs OPA for the gateway: see `OpaProcess`. */
import type { OpaQuestion, OpaReply } from "./opa-process.ts";
import { runProgram } from "./run-program.ts";

/** Characters of output in one message. */
const PIECE = 64 * 1024;

async function answer({ id, run }: OpaQuestion): Promise<void> {
  const { stdout, stderr, ...end } = await runProgram(run);
  for (const [stream, text] of Object.entries({ stdout, stderr }) as ["stdout" | "stderr", string][])
    for (let from = 0; from < text.length; from += PIECE) tell({ id, stream, text: text.slice(from, from + PIECE) });
  tell({ id, end });
}

function tell(reply: OpaReply): void {
  process.send?.(reply);
}

process.on("message", (question: OpaQuestion) => void answer(question));
// A terminal sends its signal to all processes; the gateway may still be building, and it ends this one.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
