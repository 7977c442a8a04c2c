import type { SessionLedger } from "../../../gateway/domain/ports.ts";
import { subject, toolCall } from "../../support/builders.ts";
import { testSessions } from "../../support/test-sessions.ts";
import { type Spread, spread } from "../statistics.ts";

const callers = 100;
const lookups = 20_000;
const batches = 15;

/** µs to find a session that is in memory, with its labels: of a hundred callers in turn. */
export async function measureLookup(rounds: number): Promise<Spread> {
  const labels = [{ label: "read:untrusted", since: 0, last: Number.MAX_SAFE_INTEGER }];
  const sessions = testSessions({
    capacity: 1_000,
    read: () => Promise.resolve({ labels } as never),
    store: { changedElsewhere: () => false } as never,
  });
  const who = Array.from({ length: callers }, (_, at) => subject({ id: `agent-${at}`, session: `run-${at}` }));
  const batch = (): Promise<number> => lookupUs(sessions, who);
  await batch();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const all: number[] = [];
    while (all.length < batches) all.push(await batch());
    times.push(Math.min(...all));
  }
  return spread(times, 2);
}

async function lookupUs(sessions: SessionLedger, who: readonly ReturnType<typeof subject>[]): Promise<number> {
  const call = toolCall();
  const now = Date.now();
  const began = performance.now();
  for (let at = 0; at < lookups / batches; at += 1)
    await sessions.fact(who[at % callers] as (typeof who)[number], call, now);
  return ((performance.now() - began) * 1_000) / (lookups / batches);
}
