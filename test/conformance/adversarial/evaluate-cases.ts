import { entrypointOf, good, spin } from "./cases.ts";
import { decideAt, prepare } from "./engine.ts";
import { hostileInput } from "./hostile-input.ts";
import { givenPolicy } from "./messages.ts";

/** What came of one case. */
export interface Finding {
  readonly effect: string;
  readonly doubt: string | null;
  readonly detail: string | null;
  /** CPU of the evaluating thread, in milliseconds. */
  readonly cpuMs: number;
  /** The engine answers as before afterwards. */
  readonly sound: boolean;
}

export interface Question {
  readonly place: number;
}

/** First what the limit means in time, then a finding for each question. A process of its own, so that a case that never ends can be ended. */
async function main(): Promise<void> {
  const policy = await prepare(await givenPolicy());
  const input = hostileInput();
  const spins = [1, 2, 3, 4].map(() => timed(() => decideAt(policy, spin, input)).cpuMs);
  process.on("message", ({ place }: Question) => {
    const { value, cpuMs } = timed(() => decideAt(policy, entrypointOf(place), input));
    const sound = decideAt(policy, good, input).effect === "allow";
    const { effect, indeterminate, detail } = value;
    process.send?.({ effect, doubt: indeterminate, detail, cpuMs, sound } satisfies Finding);
  });
  process.send?.({ limitMs: Math.min(...spins) });
}

function timed<Value>(run: () => Value): { readonly value: Value; readonly cpuMs: number } {
  const before = process.threadCpuUsage();
  const value = run();
  const { user, system } = process.threadCpuUsage(before);
  return { value, cpuMs: (user + system) / 1_000 };
}

await main();
