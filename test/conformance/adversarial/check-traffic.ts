import { Agent, get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { CompiledRego } from "../../unit/decide/support/compile-rego.ts";
import type { AdversarialCase } from "./cases.ts";
import type { Check, Say } from "./check.ts";
import { answerOf, startProcess } from "./messages.ts";

const CONNECTIONS = 8;
/** Adversarial calls a second, beside the good ones. Each stops all others for as long as its fuel lasts. */
const ATTACKS = 2;
const MOST_RATIO = 2;

interface Traffic {
  readonly timesMs: readonly number[];
  readonly wrong: number;
}

const SLICE_SECONDS = 1;

/**
 * Good traffic over loopback HTTP, alone and beside adversarial calls that take turns: its p99 stays within twice.
 * In slices, one of each kind after the other, because the machine is not the same from minute to minute.
 */
export async function checkTraffic(
  compiled: CompiledRego,
  cases: readonly AdversarialCase[],
  slices: number,
  say: Say,
): Promise<Check> {
  const server = startProcess("./serve-traffic.ts", compiled);
  try {
    const ready = await answerOf<{ readonly port: number }>(server, 60_000);
    if (ready === null) throw new Error("the server did not start");
    const { port } = ready;
    await goodTraffic(port);
    const all: Slice[] = [];
    for (let slice = 0; slice < slices; slice += 1) all.push(await measureSlice(port, cases.length, slice));
    const [alone, beside] = [p99(all.map((slice) => slice.alone)), p99(all.map((slice) => slice.beside))];
    const ratio = beside / alone;
    say(
      `good traffic: p99 ${alone.toFixed(2)} ms alone, ${beside.toFixed(2)} ms beside ${ATTACKS} adversarial calls a second: × ${ratio.toFixed(2)}`,
    );
    const wrong = all.reduce((sum, slice) => sum + slice.alone.wrong + slice.beside.wrong + slice.allowed, 0);
    const count = all.reduce((sum, slice) => sum + slice.alone.timesMs.length + slice.beside.timesMs.length, 0);
    return { name: "good traffic keeps its p99 within twice", count, failures: wrong + (ratio <= MOST_RATIO ? 0 : 1) };
  } finally {
    server.kill();
  }
}

interface Slice {
  readonly alone: Traffic;
  readonly beside: Traffic;
  /** Adversarial calls that were not denied. */
  readonly allowed: number;
}

async function measureSlice(port: number, places: number, slice: number): Promise<Slice> {
  const alone = await goodTraffic(port);
  const stop = new AbortController();
  const attacks = attack(port, places, slice * ATTACKS * SLICE_SECONDS, stop.signal);
  const beside = await goodTraffic(port);
  stop.abort();
  return { alone, beside, allowed: await attacks };
}

/** Over all slices of a kind together, in milliseconds. */
function p99(traffic: readonly Traffic[]): number {
  const times = traffic.flatMap((slice) => slice.timesMs).sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN;
}

async function goodTraffic(port: number): Promise<Traffic> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const until = performance.now() + SLICE_SECONDS * 1_000;
  const times: number[] = [];
  let wrong = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now();
      if ((await ask(agent, port, "good")) !== "allow") wrong += 1;
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return { timesMs: times, wrong };
}

async function attack(port: number, places: number, from: number, stop: AbortSignal): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  let allowed = 0;
  for (let next = from; !stop.aborted; next += 1) {
    if ((await ask(agent, port, String(next % places))) !== "deny") allowed += 1;
    await pause(1_000 / ATTACKS, undefined, { signal: stop }).catch(() => undefined);
  }
  agent.destroy();
  return allowed;
}

function ask(agent: Agent, port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ agent, port, host: "127.0.0.1", path: `/${path}` }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}
