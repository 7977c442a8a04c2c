import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pause } from "../../../support/eventually.ts";
import { type Check, type CheckContext, Failures, Random, type Tried } from "../../check.ts";
import { LoadedGateway } from "./loaded-gateway.ts";
import { storeFaults, type StorePlace } from "./store-fault-kinds.ts";

const json = { order_id: "o-881", amount: 60, currency: "EUR", reason: "broken" };
const calls = [
  { method: "GET", path: "/payments/v1/orders/o-881" },
  // Held for people: the store is written.
  { method: "POST", path: "/payments/v1/refunds", json },
] as const;
/** The store is right again within this, from the end of the fault. */
const RIGHT_WITHIN_MS = 2_000;
const MOST_LASTING_MS = 1_500;
/** Gateways that have faults at the same time, at most, and faults that are worth one: most of the time a fault is waited for. */
const LANES = 4;
const FAULTS_EACH = 6;

/** Whatever is done to the store under load: every call has an answer with a code, it is the same process, and right again. */
export const storeFaultsCheck: Check = {
  name: "store-faults",
  full: 200,
  quick: 8,
  async run({ count, random, progress }) {
    const lanes = Math.min(LANES, Math.ceil(count / FAULTS_EACH));
    let done = 0;
    const told = (): void => progress((done += 1));
    const tried = await Promise.all(
      Array.from({ length: lanes }, (_, lane) =>
        inOne(
          { count: Math.floor((count + lane) / lanes), random: new Random(random.below(2 ** 31)), progress: told },
          lane,
        ),
      ),
    );
    const sum = (name: string): number => tried.reduce((all, { figures }) => all + (figures?.[name] ?? 0), 0);
    return {
      count: tried.reduce((all, one) => all + one.count, 0),
      failures: tried.flatMap(({ failures }) => failures),
      figures: {
        kinds: tried[0]?.figures?.["kinds"] ?? 0,
        calls: sum("calls"),
        refused: sum("refused"),
        longest_ms: Math.max(...tried.map(({ figures }) => figures?.["longest_ms"] ?? 0)),
      },
    };
  },
};

async function inOne({ count, random, progress }: CheckContext, from: number): Promise<Tried> {
  const loaded = await LoadedGateway.start(calls);
  const failures = new Failures();
  const file = join(loaded.gateway.dir, "data", "sallyport.db");
  const place: StorePlace = { file, pid: loaded.gateway.pid(), random };
  const faults = Object.entries(storeFaults());
  let longest = 0;
  try {
    await loaded.right();
    for (let done = 0; done < count; done += 1, progress(done)) {
      const [what, { begin, lastsMs }] = faults[(from + done) % faults.length] as (typeof faults)[number];
      const end = loaded.halted(() => begin(place));
      await pause(lastsMs ?? random.below(MOST_LASTING_MS));
      loaded.halted(end);
      const ms = await loaded.right();
      if (ms === null || ms > RIGHT_WITHIN_MS)
        failures.add(`a store that was ${what} was ${ms === null ? "not" : `after ${Math.round(ms)} ms`} right again`);
      longest = Math.max(longest, ms ?? Infinity);
      if (ms === null) break;
    }
    if (!(await loaded.stop())) failures.add("the process has ended");
    for (const strange of loaded.strange) failures.add(strange);
    const found = wholeness(file);
    if (found !== "ok") failures.add(`the store is damaged afterwards: ${found}`);
    return {
      count,
      failures: failures.list(),
      figures: { kinds: faults.length, ...loaded.counts, longest_ms: Math.round(longest) },
    };
  } finally {
    await loaded.remove();
  }
}

function wholeness(file: string): string {
  const store = new DatabaseSync(file);
  try {
    return String(Object.values(store.prepare("PRAGMA integrity_check(1)").get() ?? {})[0]);
  } finally {
    store.close();
  }
}
