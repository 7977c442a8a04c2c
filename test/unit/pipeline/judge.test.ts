import type { Decision } from "../../../gateway/domain/decision.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { type Exchange, newContext, type Rewriting } from "../../../gateway/domain/exchange.ts";
import type { Facts } from "../../../gateway/domain/facts.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import type { Door, Steps } from "../../../gateway/pipeline/enforce.ts";
import { asSent, judge } from "../../../gateway/pipeline/judge.ts";
import { decision, facts, subject, toolCall } from "../../support/builders.ts";

interface World {
  /** What the policy says of the call as it came, and of the changed one. */
  readonly says?: readonly [first: Partial<Decision>, second?: Partial<Decision>];
  /** How many times there is something to take out. */
  readonly changes?: number;
  /** Of the call as it came, and of the changed one. */
  readonly refusals?: readonly (Refusal | null)[];
  readonly context?: Partial<Exchange["context"]>;
}

const received = toolCall();
const sent: ToolCall = {
  ...received,
  arguments: { amount: null },
  request: { ...received.request, digest: "sha256:sent" },
};

function world({ says = [{}, {}], changes = 1, refusals = [], context = {} }: World = {}) {
  const known = newContext({ decisionId: "d_1", request: { rawHeaders: [] }, startedAt: 0 });
  const arrival = { context: { ...known, ...context }, body: null } as unknown as Exchange;
  const seen: { calls: ToolCall[]; before: (Facts | null)[] } = { calls: [], before: [] };
  let [gathered, decided, left] = [0, 0, changes];
  const steps: Steps<Exchange> = {
    identify: () => subject(),
    gather: async (_arrival, { call }, _who, before) => {
      seen.calls.push(call);
      seen.before.push(before);
      return {
        facts: facts({ gateway: { instance: `gw-${gathered}`, environment: "test" } }),
        refusalUnlessChanged: refusals[gathered++] ?? null,
      };
    },
    decide: () => decision(says[decided++]),
    record: (_context, _decision, act) => act(),
    act: async () => outcome({ kind: "forwarded" }),
  };
  const rewriting: Rewriting<Exchange> = { values: 2, apply: (to) => void (to.body = Buffer.from("changed")) };
  const door: Door<Exchange> = {
    parse: ({ body }) => ({ call: body === null ? received : sent }),
    steps: () => steps,
    rewrite: () => (left-- > 0 ? Promise.resolve(rewriting) : null),
  };
  const run = async () => {
    const first = await judge(steps, arrival, { call: received }, { subject: subject(), before: null });
    return asSent(door, steps, arrival, first);
  };
  return { run, arrival, seen };
}

test("a call with nothing to take out is judged once", async () => {
  const { run, arrival, seen } = world({ changes: 0 });
  const { evaluated } = await run();
  expect([evaluated.call, seen.calls.length, arrival.context.redacted]).toEqual([received, 1, undefined]);
});

test("a changed call is read, gathered for and judged again, on the policy of the first time", async () => {
  const { run, arrival, seen } = world({ says: [{ effect: "allow", fuel: 7 }, { fuel: 9 }] });
  const { evaluated, read } = await run();
  expect([evaluated.call, read.call]).toEqual([sent, sent]);
  expect(evaluated.decision).toMatchObject({ effect: "allow", fuel: 9, indeterminate: null });
  expect(seen.calls).toEqual([received, sent]);
  expect([seen.before[0], seen.before[1]?.gateway.instance]).toEqual([null, "gw-0"]);
  expect(arrival.context).toMatchObject({
    call: sent,
    redacted: { received_digest: received.request.digest, values: 2, effect: "allow", fuel: 7 },
  });
  expect(arrival.context.input?.document.context["arguments"]).toEqual({ amount: null });
});

test("a changed call that people have to approve is held as it would be sent", async () => {
  const { run } = world({ says: [{ effect: "hold" }, { effect: "hold" }] });
  const { evaluated } = await run();
  expect([evaluated.decision.effect, evaluated.call]).toEqual(["hold", sent]);
});

const reason = { code: "NO", message: "No.", rule: "a/b", severity: "high", controls: [] } as const;
test.each<[string, World, Partial<Decision>]>([
  [
    "policy does not allow what is left",
    { says: [{}, { effect: "deny", reasons: [reason] }] },
    { indeterminate: "redaction_denied", reasons: [reason] },
  ],
  [
    "the policy fails on what is left",
    { says: [{}, { effect: "deny", indeterminate: "policy_shape" }] },
    { indeterminate: "policy_shape" },
  ],
  ["policy takes out more of what is left", { changes: 2 }, { indeterminate: "redaction_unsettled" }],
  [
    "it waited in its changed form, and policy takes out more now",
    { context: { redacted: { received_digest: "sha256:1", values: 1, effect: "hold", fuel: 1 } } },
    { indeterminate: "redaction_unsettled" },
  ],
])("denies a changed call when %s", async (_why, known, expected) => {
  const { evaluated } = await world(known).run();
  expect(evaluated.decision).toMatchObject({ effect: "deny", obligations: [], approval: null, ...expected });
});

test("a refusal unless obligations change the call counts only when it is sent unchanged", async () => {
  const refusal = new Refusal("idempotency_reused");
  await expect(world({ changes: 0, refusals: [refusal] }).run()).rejects.toBe(refusal);
  expect((await world({ refusals: [refusal] }).run()).evaluated.call).toBe(sent);
  await expect(world({ refusals: [null, refusal] }).run()).rejects.toBe(refusal);
});
