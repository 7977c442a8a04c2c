import type { Measure } from "../../../gateway/domain/limit.ts";
import type { CountAsk, CountsTaken, LimitCounts } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

/** Counts of one gateway, and time that passes for all of them. */
export interface TestedCounts {
  /** So many counts at once. */
  open(capacity?: number): LimitCounts;
  pass(ms: number): Promise<void>;
}

export const minute = 60_000;
export const rate = (max: number, burst: number | null = null): Measure => ({
  kind: "rate",
  max,
  perMs: minute,
  burst,
});
const concurrent = (max: number): Measure => ({ kind: "concurrent", max });
const loop = (max: number): Measure => ({ kind: "loop", max, perMs: minute });
export const spend = (max: bigint): Measure => ({ kind: "spend", unit: "EUR", max, perMs: minute });

export function ask(key: string, measure: Measure, more: Partial<CountAsk> = {}): CountAsk {
  return { key, asker: key, measure, amount: 1n, ...more };
}

/** Whether each of so many calls at the same moment finds room. */
export async function tries(counts: LimitCounts, asks: readonly CountAsk[], calls = 1): Promise<boolean[]> {
  const answers = await Promise.all(Array.from({ length: calls }, async () => counts.take(asks)));
  return answers.map((answer) => !("full" in answer));
}

async function passing(counts: LimitCounts, asks: readonly CountAsk[], calls: number): Promise<number> {
  return (await tries(counts, asks, calls)).filter(Boolean).length;
}

/** @throws Error when there is no room */
export async function taken(counts: LimitCounts, ...asks: readonly CountAsk[]): Promise<CountsTaken> {
  const answer = await counts.take(asks);
  if ("full" in answer) throw new Error(`ask ${answer.full} has no room`);
  return answer;
}

/** What counts of limits promise, wherever they are kept. */
export function describeLimitCounts(stores: () => Promise<Shared<TestedCounts>>): void {
  let shared: Shared<TestedCounts>;
  let counts: LimitCounts;
  beforeEach(async () => {
    shared = await stores();
    counts = shared.store.open();
  });
  afterEach(() => shared.close());

  it("take all that a call asks for, or nothing of it", async () => {
    const both = [ask("a", rate(2)), ask("b", rate(1))];
    await taken(counts, ...both);
    expect(await counts.take(both)).toMatchObject({ full: 1 });
    expect(await tries(counts, [ask("a", rate(2))], 2)).toEqual([true, false]);
  });

  it("say which count is full, and for how long", async () => {
    const asks = [ask("u", concurrent(9)), ask("a", rate(1))];
    await taken(counts, ...asks);
    await shared.store.pass(18_500);
    const answer = await counts.take(asks);
    const retryAfterMs = "full" in answer ? (answer.retryAfterMs ?? 0) : 0;
    expect(answer).toMatchObject({ full: 1 });
    expect([retryAfterMs > 31_500, retryAfterMs <= 41_500]).toEqual([true, true]);
    expect(await counts.take([ask("b", rate(3)), ask("u", concurrent(1))])).toEqual({ full: 1, retryAfterMs: null });
  });

  it.each([1, 20, 100])(
    "let exactly %i of many calls at the same moment through, and as many a minute later",
    async (max) => {
      for (let round = 0; round < 2; round++) {
        expect(await passing(counts, [ask("a", rate(max))], 3 * max)).toBe(max);
        await shared.store.pass(minute / 2);
        expect(await passing(counts, [ask("a", rate(max))], 3)).toBe(0);
        await shared.store.pass(minute);
      }
    },
  );

  it("count in each minute, whenever it begins", async () => {
    expect(await passing(counts, [ask("a", rate(40))], 10)).toBe(10);
    await shared.store.pass(minute / 2);
    expect(await passing(counts, [ask("a", rate(40))], 90)).toBe(30);
    await shared.store.pass(minute / 2 + minute / 16);
    expect(await passing(counts, [ask("a", rate(40))], 90)).toBe(10);
  });

  it("let no more than a burst through at once", async () => {
    const asks = [ask("a", rate(4, 2))];
    expect(await passing(counts, asks, 4)).toBe(2);
    const answer = await counts.take(asks);
    const retryAfterMs = "full" in answer ? (answer.retryAfterMs ?? 0) : 0;
    expect([retryAfterMs > 5_000, retryAfterMs <= 15_000]).toEqual([true, true]);
    await shared.store.pass(15_000);
    expect(await passing(counts, asks, 4)).toBe(1);
  });

  it("count with the largest numbers that policy can ask for", async () => {
    const [max, perMs] = [Number.MAX_SAFE_INTEGER, 99_999 * 86_400_000];
    const all: readonly Measure[] = [
      { kind: "rate", max: 3, perMs, burst: max },
      { kind: "rate", max, perMs, burst: null },
      { kind: "rate", max, perMs: 1_000, burst: max },
      { kind: "spend", unit: "EUR", max: 3n * 10n ** 146n, perMs },
    ];
    const amounts = [1n, 1n, 1n, 10n ** 146n];
    const asks = all.map((measure, at) => ask(`large-${at}`, measure, { amount: amounts[at] as bigint }));
    expect(await passing(counts, asks, 4)).toBe(3);
    expect(await counts.take(asks)).toMatchObject({ full: 0 });
  });

  it("add spending up exactly, each call by its price", async () => {
    const price = 10n ** 40n;
    const asks = [ask("s", spend(10n * price), { amount: 3n * price })];
    expect(await passing(counts, asks, 5)).toBe(3);
    expect(await tries(counts, [ask("s", spend(10n * price), { amount: price + 1n })])).toEqual([false]);
    expect(await tries(counts, [ask("s", spend(10n * price), { amount: price })], 2)).toEqual([true, false]);
  });

  it("count what is given back as if it had not been, once", async () => {
    const asks = [ask("a", rate(2, 2)), ask("s", spend(10n), { amount: 7n }), ask("c", concurrent(1))];
    const first = await taken(counts, ...asks);
    expect(await tries(counts, [ask("s", spend(10n), { amount: 4n })])).toEqual([false]);
    first.giveBack();
    first.giveBack();
    await taken(counts, ...asks);
    expect(await tries(counts, [ask("s", spend(10n), { amount: 3n })], 2)).toEqual([true, false]);
    expect(await passing(counts, [ask("a", rate(2, 2))], 3)).toBe(1);
  });

  it("give nothing back of a call that has ended", async () => {
    const first = await taken(counts, ask("a", rate(1)), ask("c", concurrent(1)));
    first.end();
    first.giveBack();
    expect(await tries(counts, [ask("a", rate(1))])).toEqual([false]);
    expect(await tries(counts, [ask("c", concurrent(1))], 2)).toEqual([true, false]);
  });

  it("take nothing of calls under way and equal calls where another count is full", async () => {
    const others = [ask("c", concurrent(1)), ask("l", loop(1))];
    await taken(counts, ask("a", rate(1)));
    expect(await counts.take([...others, ask("a", rate(1))])).toMatchObject({ full: 2 });
    expect(await tries(counts, others, 2)).toEqual([true, false]);
  });

  it("go on counting a key that is used for longer than its time", async () => {
    for (let n = 0; n < 8; n++) {
      expect(await tries(counts, [ask("a", rate(2))], 2)).toEqual([true, n === 0]);
      await shared.store.pass(n === 0 ? minute : minute / 2);
      if (n === 0) await taken(counts, ask("a", rate(2)));
      if (n === 0) await shared.store.pass(minute / 2);
    }
  });

  it("count for another asker although one uses up its share", async () => {
    const few = shared.store.open(100);
    const greedy = Array.from({ length: 50 }, async (_, n) => few.take([ask(`g-${n}`, rate(1), { asker: "greedy" })]));
    expect((await Promise.all(greedy)).filter((answer) => !("full" in answer))).toHaveLength(10);
    expect(await tries(few, [ask("modest", rate(1))], 2)).toEqual([true, false]);
  });
}
