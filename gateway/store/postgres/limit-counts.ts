import { hash } from "node:crypto";
import { type Measure, stretchMs } from "../../domain/limit.ts";
import type { CountAsk, CountFull, LimitCountStore, StoredTake } from "../../domain/ports.ts";
import type { SqlRow } from "../sql.ts";
import type { PostgresConnection } from "./connection.ts";
import { StoreUnavailable } from "./failures.ts";
import { purging } from "../purging.ts";

type Windowed = Extract<Measure, { kind: "rate" | "spend" }>;

/** Wishes that ask for the same: the store is told how many there are. */
interface Group {
  readonly asks: readonly CountAsk[];
  /** Their places among all wishes, in order. */
  readonly places: number[];
}

/** As a common table expression, because a statement that begins with SELECT is timed as one that only reads. */
const text = `
  WITH counted AS (
    SELECT * FROM sallyport_count(?::text[], ?::bigint[], ?::numeric[], ?::bigint[], ?::bigint[], ?::int[], ?::bigint[], ?::numeric[],
      ?::int[], ?::int[], ?::int[], ?::numeric[]) WITH ORDINALITY AS answer (granted, short, wait, slots, at)
  ) SELECT granted, short, wait, slots FROM counted ORDER BY at`;

/** Counts of limits in PostgreSQL, by its clock: what calls of several gateways take is exact. */
export function sharedLimitCounts(connection: PostgresConnection): LimitCountStore {
  const count = connection.prepare(text);
  const purge = purging(connection, "limit_counts", "until < now()");
  return {
    async count(back, wishes) {
      const groups = grouped(wishes);
      const counts = countsOf([...back.map(({ asks }) => asks), ...groups.map(({ asks }) => asks)]);
      const given = back.flatMap(({ asks, slots }) => asks.map((ask, at) => ({ ask, slot: slots[at] ?? null })));
      const taken = groups.flatMap(({ asks }) => asks);
      const rows = await count.all(
        ...columnsOf([...counts.values()]),
        given.map(({ ask }) => counts.get(nameOf(ask))?.place ?? null),
        given.map(({ slot }) => slot),
        given.map(({ ask }) => String(ask.amount)),
        groups.map(({ places }) => places.length),
        groups.map(({ asks }) => asks.length),
        taken.map((ask) => counts.get(nameOf(ask))?.place ?? null),
        taken.map(({ amount }) => String(amount)),
      );
      return answers(groups, rows, wishes.length);
    },
    purge: async () => void (await purge()),
  };
}

/** Of windows with other lengths or units there are other counts: a limit that has changed begins anew. */
function nameOf({ key, measure }: CountAsk): string {
  const { kind, perMs } = measure as Windowed;
  const unit = measure.kind === "spend" ? measure.unit : "";
  return `${kind} ${perMs} ${unit.length} ${unit} ${key}`;
}

interface Counted {
  /** Bounded, and whatever characters callers may send. */
  readonly id: string;
  readonly measure: Windowed;
  /** Among all that are asked for, from 1. */
  readonly place: number;
}

/** By name, in the order of their ids, which is the order of the locks. */
function countsOf(all: readonly (readonly CountAsk[])[]): ReadonlyMap<string, Counted> {
  const measures = new Map(all.flat().map((ask) => [nameOf(ask), ask.measure as Windowed]));
  const named = [...measures].map(([name, measure]) => ({ name, measure, id: hash("sha256", name, "base64url") }));
  named.sort((one, other) => (one.id < other.id ? -1 : 1));
  return new Map(named.map(({ name, measure, id }, at) => [name, { id, measure, place: at + 1 }]));
}

const usPerMs = 1_000;

function columnsOf(counts: readonly Counted[]) {
  const measures = counts.map(({ measure }) => measure);
  return [
    counts.map(({ id }) => id),
    measures.map(({ perMs }) => perMs * usPerMs),
    measures.map(({ max }) => String(max)),
    measures.map((measure) => Math.floor(stretchMs(measure.perMs, mostAmounts(measure)) * usPerMs)),
    measures.map((measure) => (measure.kind === "rate" ? measure.burst : null)),
  ] as const;
}

/** A window of so few calls keeps each by itself; how many amounts a budget holds nobody knows. */
function mostAmounts(measure: Windowed): number {
  return measure.kind === "rate" ? measure.max : Infinity;
}

/** Equal wishes in one group, in the order of the first of each. */
function grouped(wishes: readonly (readonly CountAsk[])[]): Group[] {
  const groups = new Map<string, Group>();
  wishes.forEach((asks, at) => {
    const name = JSON.stringify(asks.map((ask) => [nameOf(ask), String(ask.amount)]));
    const group = groups.get(name) ?? { asks, places: [] };
    group.places.push(at);
    groups.set(name, group);
  });
  return [...groups.values()];
}

/** Of the wishes of a group the first are granted. */
function answers(groups: readonly Group[], rows: readonly SqlRow[], count: number): (StoredTake | CountFull)[] {
  // They are counted by now, whatever they are.
  if (rows.length !== groups.length) throw new StoreUnavailable(`${rows.length} answers to ${groups.length} wishes`);
  const all = new Array<StoredTake | CountFull>(count);
  groups.forEach(({ asks, places }, group) => {
    const { granted, short, wait, slots } = rows[group] as SqlRow;
    const take = { asks, slots: (slots as readonly unknown[]).map(String) };
    const full = { full: Number(short) - 1, retryAfterMs: Math.max(1, Math.ceil(Number(wait) / usPerMs)) };
    places.forEach((place, at) => (all[place] = at < Number(granted) ? take : full));
  });
  return all;
}
