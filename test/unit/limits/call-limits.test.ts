import type { JsonObject } from "../../../gateway/lib/json.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { asRefusal, type Refusal } from "../../../gateway/domain/errors.ts";
import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import type { BreakerRule, ConfiguredLimit } from "../../../gateway/domain/limit.ts";
import type { CallLimits, CountAsk, LimitsTaken } from "../../../gateway/domain/ports.ts";
import { decimal } from "../../../gateway/lib/decimal.ts";
import { decision, evaluated, facts, route, subject, type TestClock, toolCall } from "../../support/builders.ts";
import { testLimits } from "../../support/limits.ts";

const minute = 60_000;
const sent = outcome({ kind: "forwarded", upstreamStatus: 200, forwardedDigest: "sha256:1" });
const notSent = outcome({ kind: "failed", code: "upstream_unreachable" });
const rate = (max: number): ConfiguredLimit["measure"] => ({ kind: "rate", max, perMs: minute, burst: null });
const duty = (changes: object = {}): EvaluatedCall["decision"] =>
  decision({ obligations: [{ type: "limit", key: "subject", per: "1m", max: 1, ...changes }] });

function takes(calls: CallLimits, call: EvaluatedCall = evaluated()): LimitsTaken | null | string {
  try {
    return calls.take(call) as LimitsTaken | null;
  } catch (thrown) {
    return asRefusal(thrown).code;
  }
}

function refusal(calls: CallLimits, call: EvaluatedCall = evaluated()): Refusal {
  try {
    void calls.take(call);
  } catch (thrown) {
    return asRefusal(thrown);
  }
  throw new Error("there was room");
}

/** How many of `count` equal calls are let through, each of which leaves. */
function passing(calls: CallLimits, call: EvaluatedCall, count = 10): number {
  return Array.from({ length: count }, () => {
    const taken = takes(calls, call);
    if (typeof taken === "string") return false;
    taken?.ended(sent);
    return true;
  }).filter(Boolean).length;
}

test("takes nothing where nothing limits the call", () => {
  expect(takes(testLimits().calls)).toBeNull();
});

test("refuses with the moment when there is room, in headers that clients know", () => {
  const { calls, clock, refused } = testLimits([{ name: "refunds", by: ["subject", "tool"] }]);
  passing(calls, evaluated(), 2);
  (clock as TestClock).advance(17_400);
  expect(refusal(calls)).toMatchObject({
    code: "limit_exceeded",
    status: 429,
    hint: "2 per 1m for each subject and tool, limit refunds",
    retryAfterS: 43,
    headers: { "RateLimit-Policy": '"refunds";q=2;w=60', RateLimit: '"refunds";r=0;t=43' },
  });
  expect(refused).toEqual(["refunds"]);
});

test("counts a call that did not leave for nothing", () => {
  const { calls } = testLimits([{ measure: rate(1) }]);
  for (const ending of [notSent, null, outcome({ kind: "abandoned", code: "client_gone" })])
    (takes(calls) as LimitsTaken).ended(ending);
  expect(passing(calls, evaluated())).toBe(1);
});

test("counts a call of which nobody knows whether it left", () => {
  const { calls } = testLimits([{ measure: rate(1) }]);
  (takes(calls) as LimitsTaken).ended(outcome({ kind: "unknown" }));
  expect(passing(calls, evaluated())).toBe(0);
});

test.each<[string, Partial<ConfiguredLimit>, boolean]>([
  ["of its tool", { tools: ["payments/create_refund"] }, true],
  ["of its server", { tools: ["crm/read", "payments/*"] }, true],
  ["of another tool", { tools: ["payments/create"] }, false],
  ["of its route", { routes: ["payments"] }, true],
  ["of another route", { routes: ["crm"] }, false],
])("asks a limit %s", (_whose, changes, asked) => {
  const { calls } = testLimits([{ measure: rate(1), ...changes }]);
  expect(passing(calls, evaluated())).toBe(asked ? 1 : 10);
  expect(passing(calls, evaluated())).toBe(asked ? 0 : 10);
});

test.each(["server", "task"] as const)("counts no call to a %s", (resourceType) => {
  const { calls } = testLimits([{ measure: rate(1) }]);
  expect(passing(calls, evaluated({ call: toolCall({ resourceType }) }))).toBe(10);
});

test("counts calls under way until they end, and says that nobody knows when", () => {
  const { calls } = testLimits([{ name: "slots", measure: { kind: "concurrent", max: 2 } }]);
  const [first] = [takes(calls), takes(calls)] as LimitsTaken[];
  expect(refusal(calls)).toMatchObject({
    hint: "2 under way for each subject, limit slots",
    retryAfterS: 1,
    headers: { "RateLimit-Policy": '"slots";q=2;qu="concurrent-requests"', RateLimit: '"slots";r=0' },
  });
  first?.ended(sent);
  expect(takes(calls)).toBe("limit_exceeded");
  first?.leave();
  expect(takes(calls)).not.toBe("limit_exceeded");
});

test("finds a call that is sent again and again, whatever its order of arguments or its `_meta`", () => {
  const { calls } = testLimits([{ name: "stuck", measure: { kind: "loop", max: 2, perMs: 600_000 } }]);
  const call = (args: object, beside: JsonObject = {}): EvaluatedCall =>
    evaluated({ call: toolCall({ arguments: { ...args }, beside }) });
  expect(passing(calls, call({ a: 1, b: 2 }, { _meta: { id: "1" } }), 1)).toBe(1);
  expect(passing(calls, call({ a: 1, b: 2 }, { _meta: { id: "2" } }), 1)).toBe(1);
  expect(passing(calls, call({ a: 1, b: 2 }, { requestState: "r1" }), 1)).toBe(1);
  expect(refusal(calls, call({ b: 2, a: 1 }))).toMatchObject({
    code: "loop_detected",
    hint: "2 equal calls per 10m for each subject, limit stuck",
    retryAfterS: 600,
  });
  expect(passing(calls, call({ a: 1, b: 3 }), 1)).toBe(1);
});

describe("a budget", () => {
  const money = { kind: "spend", unit: "EUR", max: decimal("100") ?? 0n, perMs: 86_400_000 } as const;
  const budget = (prices: Readonly<Record<string, string | null>>) =>
    testLimits([{ name: "money", by: ["person"], measure: money }], {
      prices: () => new Map(Object.entries(prices).map(([unit, price]) => [unit, decimal(price)])),
    }).calls;

  test("adds exact decimals up", () => {
    expect(passing(budget({ EUR: "0.1" }), evaluated(), 1_001)).toBe(1_000);
    expect(passing(budget({ EUR: "33.34" }), evaluated())).toBe(2);
  });

  test("is not about calls that cost nothing, or something else", () => {
    expect(passing(budget({}), evaluated())).toBe(10);
    expect(passing(budget({ EUR: "0", USD: "500" }), evaluated())).toBe(10);
  });

  test("refuses a call whose price cannot be read, or that alone costs more, without a time to try again", () => {
    expect(refusal(budget({ EUR: null }))).toMatchObject({
      code: "price_unknown",
      hint: "EUR of payments/create_refund",
      retryAfterS: null,
    });
    expect(refusal(budget({ EUR: "100.01" }))).toMatchObject({
      code: "limit_too_small",
      hint: "100 EUR per 1d for each person, limit money",
      retryAfterS: null,
    });
  });

  test("tells how long until there is enough again, without RateLimit fields, which know whole numbers alone", () => {
    const calls = budget({ EUR: "60" });
    passing(calls, evaluated(), 1);
    expect(refusal(calls)).toMatchObject({ code: "limit_exceeded", retryAfterS: 86_400, headers: {} });
  });
});

describe("a limit that policy asks for", () => {
  test.each<[string, object, number]>([
    ["a rate", {}, 1],
    ["a rate by its name", { kind: "rate", max: 3, burst: 2 }, 2],
    ["a loop", { kind: "loop", max: 4 }, 4],
    ["a budget", { kind: "spend", unit: "EUR", max: "1.50" }, 3],
  ])("is carried out: %s", (_what, changes, passes) => {
    const { calls } = testLimits([], { prices: () => new Map([["EUR", decimal("0.5")]]) });
    expect(passing(calls, evaluated({ decision: duty(changes) }))).toBe(passes);
  });

  test("counts calls under way", () => {
    const { calls } = testLimits();
    const call = evaluated({
      decision: decision({ obligations: [{ type: "limit", kind: "concurrent", key: "subject", max: 1 }] }),
    });
    const first = takes(calls, call) as LimitsTaken;
    expect(takes(calls, call)).toBe("limit_exceeded");
    first.ended(sent);
    first.leave();
    expect(typeof takes(calls, call)).toBe("object");
  });

  test("is taken together with those of the configuration, or none of them is", () => {
    const { calls, refused } = testLimits([{ measure: rate(5) }]);
    expect(passing(calls, evaluated({ decision: duty({ max: 2 }) }))).toBe(2);
    expect(passing(calls, evaluated())).toBe(3);
    expect(new Set(refused)).toEqual(new Set(["policy", "calls"]));
  });

  test("is a deny when it cannot be read", () => {
    expect(refusal(testLimits().calls, evaluated({ decision: duty({ per: "1 fortnight" }) })).code).toBe(
      "obligation_failed",
    );
  });

  test("counts once when two obligations ask for the same", () => {
    const { calls } = testLimits();
    const [limit] = duty({ max: 2 }).obligations;
    const both = evaluated({ decision: decision({ obligations: [limit!, limit!] }) });
    expect(passing(calls, both)).toBe(2);
  });
});

describe("a question of another enforcement point", () => {
  const call = toolCall({ route: route({ protocol: "authzen" }) });

  test("is not counted as under way by the configuration, and cannot be for policy", () => {
    const { calls } = testLimits([{ measure: { kind: "concurrent", max: 1 } }]);
    expect([takes(calls, evaluated({ call })), takes(calls, evaluated({ call }))]).toEqual([null, null]);
    const asked = decision({ obligations: [{ type: "limit", kind: "concurrent", key: "subject", max: 1 }] });
    expect(refusal(calls, evaluated({ call, decision: asked })).code).toBe("obligation_failed");
  });

  test("counts in rates like a call", () => {
    expect(passing(testLimits([{ measure: rate(3) }]).calls, evaluated({ call }))).toBe(3);
  });
});

describe("a breaker", () => {
  const opens = { failures: 1, calls: 1, withinMs: 30_000, statuses: new Set<number>() };
  const fuse: BreakerRule = { name: "fuse", routes: [], ...opens, openMs: 15_000 };

  test("is asked before anything is counted, and gets the result", () => {
    const { calls, clock } = testLimits([{ measure: rate(1) }], { breakers: [fuse] });
    (takes(calls) as LimitsTaken).ended(notSent);
    expect([takes(calls), takes(calls)]).toEqual(["upstream_suspended", "upstream_suspended"]);
    (clock as TestClock).advance(15_000);
    (takes(calls) as LimitsTaken).ended(sent);
    expect(takes(calls)).toBe("limit_exceeded");
  });

  test("lets another caller try a second after the store could not count the first", async () => {
    let isThere = true;
    const taken = { end: () => undefined, giveBack: () => undefined };
    const take = async () => (isThere ? taken : Promise.reject(new Error("gone")));
    const { calls, clock } = testLimits([{}], { breakers: [fuse], counts: { take } });
    (await calls.take(evaluated()))?.ended(notSent);
    (clock as TestClock).advance(15_000);
    isThere = false;
    await expect(calls.take(evaluated())).rejects.toThrow("gone");
    isThere = true;
    (clock as TestClock).advance(1_000);
    expect(await calls.take(evaluated({ subject: subject({ id: "other" }) }))).not.toBeNull();
  });

  test("lets another call try when a limit has no room for the first", () => {
    const { calls, clock } = testLimits([{ measure: rate(1) }], {
      breakers: [{ ...fuse, statuses: new Set([503]) }],
    });
    (takes(calls) as LimitsTaken).ended({ ...sent, upstreamStatus: 503 });
    expect(takes(calls)).toBe("upstream_suspended");
    (clock as TestClock).advance(15_000);
    expect(takes(calls)).toBe("limit_exceeded");
    (clock as TestClock).advance(1_000);
    expect(typeof takes(calls, evaluated({ subject: subject({ id: "other" }) }))).toBe("object");
  });
});

test("lets a shared store count in the place of memory", async () => {
  const asked: CountAsk[][] = [];
  const ended: string[] = [];
  const counts = {
    take: async (asks: readonly CountAsk[]) => {
      asked.push([...asks]);
      return { end: () => void ended.push("end"), giveBack: () => void ended.push("back") };
    },
  };
  const { calls } = testLimits([{}], { counts });
  (await calls.take(evaluated()))?.ended(sent);
  expect([asked[0]?.length, ended]).toEqual([1, ["end"]]);
});

test("keeps callers, people, clients, sessions and tasks apart, and what a call lacks counts as its caller", () => {
  const keys = new Set<string>();
  const counts = { take: (asks: readonly CountAsk[]) => (asks.forEach(({ key }) => keys.add(key)), noTaken) };
  const noTaken = { end: () => undefined, giveBack: () => undefined };
  const count = (by: ConfiguredLimit["by"], calls: EvaluatedCall[]): number => {
    keys.clear();
    const limits = testLimits([{ by }], { counts }).calls;
    for (const call of calls) void limits.take(call);
    return keys.size;
  };
  const by = (changes: object): EvaluatedCall => evaluated({ subject: subject(changes) });
  const pat = { actingFor: { id: "pat", claims: {} } };
  expect(count(["all"], [by({}), by({ id: "other" })])).toBe(1);
  expect(count(["subject"], [by({}), by({ id: "other" }), by({ issuer: "https://b" }), by(pat)])).toBe(3);
  expect(count(["person"], [by(pat), by({ ...pat, id: "other" }), by({}), by({ id: "pat" })])).toBe(3);
  expect(count(["client"], [by({}), by({ id: "other" }), by({ clientId: null })])).toBe(2);
  const session = (trust: "token" | "self", id: string) =>
    evaluated({ facts: facts({ session: { id, trust, calls: 0, labels: [], history: [] } }) });
  expect(
    count(["session"], [session("token", "a"), session("token", "b"), session("self", "c"), session("self", "d")]),
  ).toBe(3);
  const inTask = (id: string) => evaluated({ facts: facts({ task: { id } as never }) });
  expect(count(["task"], [inTask("t_1"), inTask("t_2"), evaluated(), by({ id: "other" })])).toBe(4);
  const tool = (name: string, server = "payments") => evaluated({ call: toolCall({ name, route: route({ server }) }) });
  expect(count(["tool"], [tool("a"), tool("b"), tool("a", "crm")])).toBe(3);
  expect(count(["server", "route"], [tool("a"), tool("b"), tool("a", "crm")])).toBe(2);
});
