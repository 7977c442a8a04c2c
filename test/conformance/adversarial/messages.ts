import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CompiledRego } from "../../unit/decide/support/compile-rego.ts";

/** A module as a message between processes. */
export interface SentPolicy {
  readonly wasm: string;
  readonly data: CompiledRego["data"];
}

export function sent({ wasm, data }: CompiledRego): SentPolicy {
  return { wasm: Buffer.from(wasm).toString("base64"), data };
}

export function received({ wasm, data }: SentPolicy): CompiledRego {
  return { wasm: Buffer.from(wasm, "base64"), data };
}

/** V8 makes its young generation larger as it pleases, by more than any leak that is looked for here: it gets one size. */
const ENGINE_FLAGS = ["--expose-gc", "--min-semi-space-size=8", "--max-semi-space-size=8"];

/** A process of this folder, with the policy as its first message. */
export function startProcess(file: string, compiled: CompiledRego, args: readonly string[] = []): ChildProcess {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], { execArgv: ENGINE_FLAGS });
  child.send(sent(compiled));
  return child;
}

/** The next message; null when there is none in time, or the process ended. */
export function answerOf<Answer>(child: ChildProcess, withinMs: number): Promise<Answer | null> {
  return new Promise((resolve) => {
    const settle = (answer: Answer | null): void => {
      clearTimeout(timer);
      child.removeListener("message", heard);
      child.removeListener("exit", ended);
      resolve(answer);
    };
    const heard = (message: unknown): void => settle(message as Answer);
    const ended = (): void => settle(null);
    const timer = setTimeout(ended, withinMs);
    child.once("message", heard).once("exit", ended);
  });
}

/** In the child: the policy it was started with. */
export function givenPolicy(): Promise<CompiledRego> {
  return new Promise((resolve) => process.once("message", (message: SentPolicy) => resolve(received(message))));
}
