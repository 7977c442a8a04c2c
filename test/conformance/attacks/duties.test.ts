import { fulfil, type ObligationDeps } from "../../../gateway/act/obligations.ts";
import { errorOfRefusal } from "../../../gateway/act/respond/refusal-wording.ts";
import type { Approval } from "../../../gateway/domain/approval.ts";
import type { CallQuestion, Holds } from "../../../gateway/domain/ports.ts";
import { approvalFact } from "../../../gateway/gather/approval-fact.ts";
import type { Obligation } from "../../../gateway/domain/decision.ts";
import type { SessionFact } from "../../../gateway/domain/facts.ts";
import { errorCatalogue, type ErrorCode, Refusal } from "../../../gateway/domain/errors.ts";
import { definitionLedger } from "../../../gateway/gather/definitions.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { definitionStore } from "../../../gateway/store/definitions.ts";
import { sessionStore } from "../../../gateway/store/session-labels.ts";
import { holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import {
  binding,
  decision,
  facts,
  evaluated,
  requirement,
  subject,
  TestClock,
  toolCall,
} from "../../support/builders.ts";
import { noLimits, testLimits } from "../../support/limits.ts";
import { quiet } from "../../support/quiet.ts";
import { testSessions } from "../../support/test-sessions.ts";

const approved = facts({
  approval: {
    status: "approved",
    id: "a_1",
    approvers: ["ann"],
    age: 1,
    scope: "once",
    grant: null,
    asked: null,
    reason: null,
  },
});

test("uses an approval up even when the policy that allowed the call forgot to say so", async () => {
  const used: string[] = [];
  const holds = { consume: (id: string) => used.push(id) === 1, get: () => null };
  const context = { holds, limits: noLimits, inject: null } as unknown as ObligationDeps;
  const again = async (): Promise<readonly string[]> =>
    (await fulfil(evaluated({ decision: decision({ obligations: [] }), facts: approved }), context)).obligations;
  expect(await again()).toEqual(["consume_approval"]);
  await expect(again()).rejects.toEqual(expect.objectContaining({ code: "approval_consumed" }));
  expect(used).toEqual(["a_1", "a_1"]);
});

test.each(["released", "delivered", "failed", "unknown"] as const)(
  "does not ask people again for a call that another waiting caller has just had executed (%s)",
  async (state) => {
    const conditions = { labels: [], risk: null, revision: "r1", thresholds: [] };
    const asked = {
      subject: subject(),
      binding: () => binding(),
      conditions,
      resumed: "a_1",
      idempotencyKey: null,
      hasResult: () => false,
    };
    const item = { id: "a_1", state, votes: [], requirement, resolved_at: 1, binding: binding(), conditions };
    const holds = { get: () => item as unknown as Approval, sameRequest: () => true } as unknown as Holds;
    await expect(approvalFact(holds, asked, 2)).rejects.toThrow(expect.objectContaining({ code: "approval_consumed" }));
    const open = { ...holds, get: () => ({ ...item, state: "approved" }) } as unknown as Holds;
    expect((await approvalFact(open, asked, 2)).approval).toMatchObject({ status: "approved", id: "a_1" });
  },
);

describe("an expiry", () => {
  test("is found without reading what stays open", async () => {
    const clock = new TestClock();
    const { store, holds: hold } = testApprovals({ clock });
    const open = (amount: number, approve_within: number) =>
      hold.open(
        holdRequest({
          binding: binding(toolCall({ arguments: { amount } })),
          requirement: { ...requirement, approve_within },
        }),
      );
    const [soon, late] = [await open(1, 10), await open(2, 900)];
    expect(await store.due(clock.now())).toEqual([]);
    clock.advance(9_999);
    expect(await store.due(clock.now())).toEqual([]);
    clock.advance(1);
    expect((await store.due(clock.now())).map(({ id }) => id)).toEqual([soon.id]);
    expect((await hold.get(soon.id))?.state).toBe("expired");
    expect([await store.due(clock.now()), (await hold.get(late.id))?.state]).toEqual([[], "held"]);
  });
});

describe("a limit per session", () => {
  const limit: Obligation = { type: "limit", key: "session", per: "1m", max: 2 };

  async function passes(trust: SessionFact["trust"], limits = testLimits().calls): Promise<number> {
    const context = { limits, inject: null } as unknown as ObligationDeps;
    let passed = 0;
    for (let n = 0; n < 10; n++) {
      const session: SessionFact = { id: `s-${n}`, trust, calls: 0, labels: [], history: [] };
      try {
        await fulfil(evaluated({ decision: decision({ obligations: [limit] }), facts: facts({ session }) }), context);
        passed += 1;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "limit_exceeded" });
      }
    }
    return passed;
  }

  test.each(["self", "transport", "trace", "none"] as const)(
    "is not begun anew by an agent that renames its session (%s)",
    async (trust) => {
      expect(await passes(trust)).toBe(2);
    },
  );

  test("counts sessions that the token names each for itself, as far as they can be remembered", async () => {
    expect(await passes("token")).toBe(10);
    expect(await passes("token", testLimits([], { capacity: 40 }).calls)).toBe(4);
  });
});

test("never calls a call unexecuted, or safe to repeat, that the tool server had already", () => {
  const unsure = (Object.keys(errorCatalogue) as ErrorCode[]).filter((code) =>
    /not known|answer/.test(errorCatalogue[code].sentence),
  );
  expect(unsure).toEqual(
    expect.arrayContaining(["upstream_timeout", "upstream_broken", "upstream_too_large", "upstream_answer_refused"]),
  );
  for (const code of unsure.filter((one) => one.startsWith("upstream_")))
    expect(errorOfRefusal(new Refusal(code), "d_1")).toMatchObject({ executed: null, retryable: false });
  expect(errorOfRefusal(new Refusal("upstream_unreachable"), "d_1")).toMatchObject({
    executed: false,
    retryable: true,
  });
});

const nothingKnown = { labels: [], definition: null, live: false, memory: null, texts: null, history: null };

test("forgets the tools that callers invent, however many they are, and keeps none of them", async () => {
  const asked: CallQuestion[] = [];
  const read = async (question: CallQuestion) => (asked.push(question), nothingKnown);
  const store = definitionStore(new Connection(openDatabase(":memory:")));
  const ledger = definitionLedger({ store, read, clock: new TestClock(), logger: quiet, onPending: () => undefined });
  const invented = async (n: number) => ledger.fact({ server: "crm", kind: "tool", name: `${n} ${"x".repeat(200)}` });
  for (let n = 0; n < 3_000; n++) await invented(n);
  expect(asked).toHaveLength(3_000);
  await invented(0);
  expect(asked).toHaveLength(3_001);
  await ledger.keep();
  expect([...(await ledger.names({ server: "crm", kind: "tool" }))]).toEqual([]);
});

test("keeps what a token's session did, however many sessions an agent makes up", async () => {
  const store = sessionStore(new Connection(openDatabase(":memory:")));
  const ledger = testSessions({ store, read: () => Promise.resolve(nothingKnown) });
  const call = toolCall();
  const honest = subject({ session: "s-honest" });
  const fact = await ledger.fact(honest, call, 1);
  ledger.observe(evaluated({ subject: honest, facts: facts({ session: fact }) }), 1);
  const liar = subject({ id: "liar", session: null });
  for (let n = 0; n < 1_000; n++) {
    const own = { ...call, declaredSession: `made-up-${n}` };
    const made = await ledger.fact(liar, own, 2 + n);
    ledger.observe(evaluated({ subject: liar, call: own, facts: facts({ session: made }) }), 2 + n);
  }
  expect(await ledger.fact(honest, call, 2_000)).toMatchObject({
    calls: 1,
    history: [{ tool: "payments/create_refund" }],
  });
});
