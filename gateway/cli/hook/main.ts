import { text } from "node:stream/consumers";
import { systemClock } from "../../compose/clock-and-ids.ts";
import { runHook } from "./run-hook.ts";

/** How long a client may take to say what it is about, in milliseconds. */
const inputMs = 10_000;

/** The process of `sallyport hook`; `words` follow it. @returns the exit code, 0 or 2 */
export async function hookProcess(words: readonly string[]): Promise<number> {
  const { stdout, stderr, exit } = await runHook(words, { readInput, clock: systemClock });
  if (stdout !== "") process.stdout.write(`${stdout}\n`);
  if (stderr !== "") process.stderr.write(`${stderr}\n`);
  return exit;
}

async function readInput(): Promise<string> {
  const late = setTimeout(() => process.stdin.destroy(new Error("the client did not say what it is about")), inputMs);
  try {
    return await text(process.stdin);
  } finally {
    clearTimeout(late);
  }
}
