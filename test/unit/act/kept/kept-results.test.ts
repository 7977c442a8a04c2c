import { KeptResults, mostResultBytes, type ResultCapture } from "../../../../gateway/act/kept/kept-results.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import { outcome, type Outcome } from "../../../../gateway/domain/decision-record.ts";
import { facts, evaluated, route, subject, TestClock, toolCall } from "../../../support/builders.ts";

const keepResultMs = 60_000;

interface Run {
  readonly caller?: string;
  readonly kind?: Outcome["kind"];
  readonly body?: string;
  readonly task?: string;
}

function world() {
  const clock = new TestClock();
  const kept = new KeptResults(clock);
  const to = route();
  const call = toolCall({ route: { ...to, hold: { ...to.hold, keepResultMs } } });
  const released = (caller: string, changes: Partial<ReturnType<typeof facts>> = {}) =>
    evaluated({ call, subject: subject({ id: caller }), facts: facts(changes) });
  const run = (id: string, { caller = "bot", kind = "forwarded", body = "done", task }: Run = {}) =>
    kept.during({ task } as unknown as Exchange, released(caller), id, async (capture) => {
      pass(capture, body);
      return outcome({ kind });
    });
  return { clock, kept, run, released };
}

function pass(capture: ResultCapture | null, body: string): void {
  capture?.head(201, ["x-a", "1"]);
  for (const half of [body.slice(0, body.length / 2), body.slice(body.length / 2)]) capture?.data(Buffer.from(half));
}

test("gives a result once, whole, and gives it back when its caller is gone before it had it", async () => {
  const { kept, run } = world();
  await run("a_1");
  const taken = kept.take("a_1");
  expect(taken?.kept.result).toMatchObject({
    kind: "http",
    status: 201,
    headers: ["x-a", "1"],
    body: Buffer.from("done"),
  });
  expect(kept.take("a_1")).toBeUndefined();
  taken?.giveBack();
  expect(kept.take("a_1")?.kept.result).toEqual(taken?.kept.result);
});

test("keeps no result for longer than the route says, also one that was given back", async () => {
  const { clock, kept, run } = world();
  await run("a_1");
  clock.advance(keepResultMs - 1);
  kept.take("a_1")?.giveBack();
  expect(kept.has("a_1")).toBe(true);
  clock.advance(1);
  expect(kept.has("a_1")).toBe(false);
  expect(kept.take("a_1")).toBeUndefined();
});

test("knows that a call runs from the moment it is sent, and says so to whoever waits", async () => {
  const { kept, released } = world();
  let end = (): void => undefined;
  const sent = kept.during({} as Exchange, released("bot"), "a_1", () => {
    return new Promise((resolve) => (end = () => resolve(outcome({ kind: "unknown" }))));
  });
  const running = kept.running("a_1");
  expect([running === undefined, kept.has("a_1"), kept.take("a_1")]).toEqual([false, true, undefined]);
  end();
  await running;
  expect(kept.look("a_1")?.result).toBe("unknown");
  expect((await sent).kind).toBe("unknown");
});

test.each<[string | undefined, string, Run]>([
  ["too_large", "a result that is too large", { body: "x".repeat(mostResultBytes + 1) }],
  ["unknown", "an end that is not known", { kind: "unknown" }],
  ["unknown", "a caller that left", { kind: "abandoned" }],
  [undefined, "a call that was not executed", { kind: "failed" }],
  [undefined, "a call of a task", { task: "sallyport-t_1" }],
])("keeps %s of %s, which has no result to give", async (expected, _what, how) => {
  const { kept, run } = world();
  await run("a_1", how);
  expect(kept.look("a_1")?.result).toBe(expected);
});

test("keeps the largest result that it may", async () => {
  const { kept, run } = world();
  await run("a_1", { body: "x".repeat(mostResultBytes) });
  expect(kept.look("a_1")?.result).toMatchObject({ status: 201 });
});

test("keeps nothing of a call under a wider permission", async () => {
  const { kept, released } = world();
  const approval = { ...facts().approval, status: "approved" as const, id: "g_1", grant: { uses: 2, seconds: 60 } };
  await kept.during({} as Exchange, released("bot", { approval }), "g_1", async (capture) => {
    expect(capture).toBeNull();
    return outcome({ kind: "forwarded" });
  });
  expect(kept.isEmpty).toBe(true);
});

test("has room for sixteen results of a caller and 256 in all, and lets no caller displace another's", async () => {
  const { kept, run } = world();
  await run("a_quiet", { caller: "quiet" });
  for (let n = 0; n < 17; n += 1) await run(`a_greedy_${n}`, { caller: "greedy" });
  expect([kept.has("a_greedy_0"), kept.has("a_greedy_1"), kept.has("a_quiet")]).toEqual([false, true, true]);
  for (let caller = 0; caller < 20; caller += 1)
    for (let n = 0; n < 16; n += 1) await run(`a_${caller}_${n}`, { caller: `c-${caller}` });
  const known = Array.from({ length: 20 }, (_, caller) =>
    Array.from({ length: 16 }, (__, n) => `a_${caller}_${n}`),
  ).flat();
  expect(known.filter((id) => kept.has(id)).length).toBeLessThanOrEqual(255);
  expect(kept.has("a_quiet")).toBe(true);
});
