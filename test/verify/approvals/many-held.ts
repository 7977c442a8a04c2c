import { type Check, Failures } from "../check.ts";
import { heldId } from "./world/caller.ts";
import type { ProofGateway } from "./world/gateway.ts";
import { type House, withHouse } from "./world/house.ts";
import { inParallel } from "./world/in-parallel.ts";
import { approveAll, type Person } from "./world/person.ts";

const path = "/payments/v1/transfers";
/** Starts that are measured in the full run, and in a slice of it. */
const starts = { full: 5, slice: 2 };
/** What one agent may have waiting unless the operator says otherwise. */
const perAgent = 200;

const readyWithinMs = 5_000;

/** A gateway that is killed while it holds thousands of calls is there again in no time, and so is every one of them. */
export const manyHeld: Check = {
  name: "many-held",
  full: 10_000,
  quick: 600,
  run: ({ count, progress }) =>
    withHouse({ sections: { holds: { irreversible_dwell: "0s" } } }, async (house) => {
      const failures = new Failures();
      const gateway = house.gateways[0]!;
      const times = count >= manyHeld.full ? starts.full : starts.slice;
      const empty = await startsOf(gateway, times);
      const began = performance.now();
      const held = await hold(house, count, progress);
      const seconds = (performance.now() - began) / 1_000;
      const full = await startsOf(gateway, times);
      const median = full[Math.floor(full.length / 2)] ?? Infinity;
      // Beside other tests the machine decides how long a start takes.
      if (median > readyWithinMs && count >= manyHeld.full) failures.add(`ready after ${median} ms, in the median`);
      const person = await gateway.person();
      const listed = await pages(person);
      for (const { id } of held) if (!listed.has(id)) failures.add(`${id} is not listed any more`);
      if (listed.size !== held.length) failures.add(`${listed.size} items are listed of ${held.length}`);
      await releaseSome(house, person, held, failures);
      const figures = {
        ready_ms_least: full[0] ?? 0,
        ready_ms_median: median,
        ready_ms_most: full.at(-1) ?? 0,
        ready_ms_median_when_empty: empty[Math.floor(empty.length / 2)] ?? 0,
        holds_per_second: Math.round(count / seconds),
      };
      return { count: held.length, failures: failures.list(), figures };
    }),
};

interface Held {
  readonly id: string;
  readonly item: string;
  readonly token: string;
}

async function hold(
  { gateways, issuer }: House,
  count: number,
  progress: (done: number) => void,
): Promise<readonly Held[]> {
  const agents = Math.ceil(count / perAgent);
  const tokens = await Promise.all(Array.from({ length: agents }, (_, at) => issuer.token({ sub: `agent-${at}` })));
  const held: Held[] = [];
  const items = Array.from({ length: count }, (_, at) => `many-${at}`);
  await inParallel(items, 64, async (item, at) => {
    const token = tokens[at % agents]!;
    const answer = await gateways[0]!.caller.call({ path, token, json: { item } });
    const id = heldId(answer);
    if (id === null) throw new Error(`${item} was not held: ${answer.status} ${JSON.stringify(answer.body)}`);
    held.push({ id, item, token });
    progress(held.length);
  });
  return held;
}

/** SIGKILL and start, several times; milliseconds until ready, shortest first. */
async function startsOf(gateway: ProofGateway, times: number): Promise<number[]> {
  const took: number[] = [];
  for (let at = 0; at < times; at++) {
    await gateway.kill("SIGKILL");
    await gateway.caller.reconnect();
    took.push(Math.round(await gateway.startAgain()));
  }
  return took.toSorted((a, b) => a - b);
}

/** The inbox from its first page to its last, as the pages ask for it. */
async function pages(person: Person): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const { body } = await person.get(`/api/approvals?state=open&limit=200&before=${before}`);
    const items = body["items"] as { id: string; created: number }[];
    if (items.length === 0) return ids;
    for (const { id } of items) ids.add(id);
    before = items.at(-1)!.created;
  }
}

/** Every hundredth is approved and comes again; it runs, and nothing else does. */
async function releaseSome(house: House, person: Person, held: readonly Held[], failures: Failures): Promise<void> {
  const chosen = held.filter((_, at) => at % 100 === 0);
  const found = await house.look((store) => Promise.all(chosen.map(({ id }) => store.get(id))));
  const items = found.filter((item) => item !== null);
  const approved = await approveAll([person], items);
  if (approved.size !== chosen.length) failures.add(`${approved.size} of ${chosen.length} could be approved`);
  await inParallel(chosen, 8, async ({ item, token }) => {
    const { status } = await house.gateways[0]!.caller.call({ path, token, json: { item } });
    if (status !== 200) failures.add(`${item} was approved and answered ${status}`);
  });
  const wanted = new Set(chosen.map(({ item }) => item));
  for (const { item } of held) {
    const times = house.upstream.count(item);
    if (times !== (wanted.has(item) ? 1 : 0)) failures.add(`${item} was executed ${times} times`);
  }
}
