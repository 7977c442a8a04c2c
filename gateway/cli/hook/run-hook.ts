import type { Clock } from "../../domain/ports.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { ask } from "./ask.ts";
import { jsonOrNull } from "./fields.ts";
import { HookFailure, type HookOutput } from "./local-call.ts";
import { type HookOptions, readOptions } from "./options.ts";
import { currentToken } from "./token.ts";

export interface HookDeps {
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  readonly clock: Pick<Clock, "now" | "monotonic">;
}

/**
 * Answers one question of an agent's client; `words` follow `sallyport hook`. It never throws: whatever goes wrong is a
 * refusal in the client's own form, or exit code 2, which blocks in every client.
 */
export async function runHook(words: readonly string[], { readInput, clock }: HookDeps): Promise<HookOutput> {
  let options: HookOptions | null = null;
  let input: JsonObject | null = null;
  try {
    options = readOptions(words);
    input = messageIn(await readInput());
    const call = options.client.read(input, options.through);
    if ("notAsked" in call) return options.client.answer({ effect: "allow" }, input);
    const token = await currentToken(options.token, options.through, clock);
    const answer = await ask({ ...options, token, now: () => clock.monotonic() }, call);
    return options.client.answer(answer, input);
  } catch (thrown) {
    const why = thrown instanceof HookFailure ? thrown.message : `the hook has failed: ${String(thrown)}`;
    const reason = `Blocked by Sallyport, because it could not be asked: ${why}.`;
    return options === null ? blocked(reason) : options.client.answer({ effect: "deny", reason }, input);
  }
}

function blocked(reason: string): HookOutput {
  return { stdout: "", stderr: reason, exit: 2 };
}

function messageIn(text: string): JsonObject {
  const message = jsonOrNull(text);
  if (isJsonObject(message)) return message;
  throw new HookFailure("the client's message on standard input is no JSON object");
}
