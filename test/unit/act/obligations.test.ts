import { noInjection } from "../../../gateway/act/credentials/injection.ts";
import { fulfil, type ObligationDeps } from "../../../gateway/act/obligations.ts";
import type { Obligation } from "../../../gateway/domain/decision.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { decision, facts, evaluated, TestClock } from "../../support/builders.ts";
import { testLimits } from "../../support/limits.ts";

function run(obligations: readonly Obligation[], changes: Partial<ObligationDeps> = {}, known = facts()) {
  const did: string[] = [];
  const context = {
    holds: { consume: (id: string) => (did.push(`consume ${id}`), true) },
    sessions: {
      label: (_judged: unknown, labels: readonly string[]) => Promise.resolve(void did.push(`label ${labels.join()}`)),
    },
    limits: testLimits().calls,
    find: () => [],
    inject: async (_judged: unknown, named: readonly { credential: string }[]) => {
      if (named.some(({ credential }) => credential === "unknown")) throw new Refusal("credential_unavailable");
      did.push(`inject ${named.map(({ credential }) => credential).join()}`);
      return { ...noInjection, headers: ["authorization", "Bearer own"] };
    },
    ...changes,
  } as unknown as ObligationDeps;
  const injected: string[] = [];
  const refused = async (): Promise<string> => {
    try {
      const { injection } = await fulfil(evaluated({ decision: decision({ obligations }), facts: known }), context);
      injected.push(...injection.headers);
    } catch (thrown) {
      return (thrown as Refusal).code;
    }
    return "none";
  };
  return { did, injected, refused };
}

const approved = facts({
  approval: {
    status: "approved",
    id: "a_1",
    approvers: [],
    age: 1,
    scope: "once",
    grant: null,
    asked: null,
    reason: null,
  },
});

test("does what can refuse first and uses the approval up last", async () => {
  const duties: Obligation[] = [
    { type: "consume_approval" },
    { type: "label_session", labels: ["read:private"] },
    { type: "inject_credential", credential: "known", ttl: 60 },
  ];
  const { did, injected, refused } = run(duties, {}, approved);
  expect(await refused()).toBe("none");
  expect(did).toEqual(["inject known", "label read:private", "consume a_1"]);
  expect(injected).toEqual(["authorization", "Bearer own"]);
});

test("leaves an approval unused when another obligation cannot be met", async () => {
  const { did, refused } = run(
    [{ type: "consume_approval" }, { type: "inject_credential", credential: "unknown", ttl: 60 }],
    {},
    approved,
  );
  expect(await refused()).toBe("credential_unavailable");
  expect(did).toEqual([]);
});

test("makes the credential of the route for a call without obligations", async () => {
  const { did, injected, refused } = run([]);
  expect(await refused()).toBe("none");
  expect([did, injected]).toEqual([["inject "], ["authorization", "Bearer own"]]);
});

test("refuses to inject a credential where nothing is sent", async () => {
  const duty = { type: "inject_credential", credential: "known" } as const;
  expect(await run([duty], { inject: null }).refused()).toBe("obligation_failed");
  expect(await run([], { inject: null }).refused()).toBe("none");
});

test("refuses when somebody else was first to use the approval or to deny it, or there is none", async () => {
  const late = (state: string) =>
    ({
      holds: { consume: () => false, get: async () => ({ state, votes: [], outcome: null }) },
    }) as unknown as Partial<ObligationDeps>;
  const codeFor = (state: string) => run([{ type: "consume_approval" }], late(state), approved).refused();
  expect(await codeFor("released")).toBe("approval_consumed");
  expect(await codeFor("delivered")).toBe("approval_consumed");
  expect(await codeFor("denied")).toBe("approval_denied");
  expect(await run([{ type: "consume_approval" }]).refused()).toBe("obligation_failed");
});

test.each([{ type: "redact_result", patterns: ["email"] }, { type: "constructor" }] as unknown as Obligation[])(
  "refuses an obligation that it cannot carry out: %j",
  async (duty) => {
    const { did, refused } = run([{ type: "label_session", labels: ["x"] }, duty]);
    expect(await refused()).toBe("obligation_failed");
    expect(did).toEqual([]);
  },
);

test("limits calls per window and key, and lets them again in the next window", async () => {
  const clock = new TestClock();
  const shared = { limits: testLimits([], { clock }).calls };
  const limit: Obligation = { type: "limit", key: "subject", per: "1m", max: 2 };
  const codes = () => Promise.all([1, 2, 3].map(() => run([limit], shared).refused()));
  expect(await codes()).toEqual(["none", "none", "limit_exceeded"]);
  clock.advance(60_000);
  expect(await run([limit], shared).refused()).toBe("none");
  expect(await run([{ ...limit, per: "1 fortnight" }], shared).refused()).toBe("obligation_failed");
});

test("gives back what it has taken from limits when a later duty refuses, and uses no approval up for a call without room", async () => {
  const limits = testLimits([{ measure: { kind: "rate", max: 1, perMs: 60_000, burst: null } }]).calls;
  const unknown: Obligation = { type: "inject_credential", credential: "unknown", ttl: 60 };
  expect(await run([unknown], { limits }, approved).refused()).toBe("credential_unavailable");
  const first = run([], { limits }, approved);
  expect([await first.refused(), first.did]).toEqual(["none", ["inject ", "consume a_1"]]);
  const second = run([], { limits }, approved);
  expect([await second.refused(), second.did]).toEqual(["limit_exceeded", []]);
});

test("takes no call for redacted in which something is left to take out", async () => {
  const duty = { type: "redact_arguments", pointers: ["/amount"] } as const;
  expect(await run([duty]).refused()).toBe("obligation_failed");
  expect(await run([{ ...duty, pointers: ["/nothere"] }]).refused()).toBe("none");
});
