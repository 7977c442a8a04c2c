import { inputOf } from "../../unit/decide/support/compile-rego.ts";
import { entrypointOf, good } from "./cases.ts";
import { decideAt, prepare } from "./engine.ts";
import { givenPolicy } from "./messages.ts";

/** What many evaluations left behind. */
export interface Endured {
  readonly count: number;
  /** Evaluations that ended otherwise than they should. */
  readonly wrong: number;
  /** Of the process, as the system counts it. */
  readonly residentMb: number;
  /** Of what JavaScript holds, its buffers included. */
  readonly heldMb: number;
}

/**
 * `endure.ts <how many> <how many before that> [<place of a case that throws>]`: evaluates, and says how memory has grown.
 * Each throw costs the instance; between throws the good policy has to answer as ever.
 */
async function main(): Promise<void> {
  const policy = await prepare(await givenPolicy());
  const [total, warmUp, throwing] = process.argv.slice(2);
  const [count, warm] = [Number(total), Number(warmUp)];
  const entrypoint = throwing === undefined ? good : entrypointOf(Number(throwing));
  const wanted = throwing === undefined ? "allow" : "deny";
  let wrong = 0;
  let before = memory();
  for (let round = 0; round < warm + count; round += 1) {
    if (round === warm) before = memory();
    // Every input another, as requests are: kept answers would show as growth.
    const input = inputOf({ words: ["a", "b"], long: `text-${round}` });
    if (decideAt(policy, entrypoint, input).effect !== wanted) wrong += 1;
    if (decideAt(policy, good, input).effect !== "allow") wrong += 1;
    // What is queued for the next turn of the event loop is only freed when there is one.
    if (round % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const after = memory();
  const growth = { residentMb: after.resident - before.resident, heldMb: after.held - before.held };
  process.send?.({ count, wrong, ...growth } satisfies Endured);
  process.disconnect();
}

/** In MB, after a collection. */
function memory(): { readonly resident: number; readonly held: number } {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss / 1024 ** 2, held: (heapUsed + external) / 1024 ** 2 };
}

await main();
