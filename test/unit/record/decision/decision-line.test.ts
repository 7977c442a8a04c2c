import { newContext } from "../../../../gateway/domain/exchange.ts";
import type { DecisionRecord } from "../../../../gateway/domain/decision-record.ts";
import { saidTaskText } from "../../../../gateway/domain/task-text.ts";
import { decisionLine, labelsText } from "../../../../gateway/record/decision/decision-line.ts";
import { openingOf } from "../../../../gateway/domain/lease.ts";
import { decision, facts, evaluated, subject } from "../../../support/builders.ts";
import { lease, leaseLimits } from "../../../support/tasks/leases.ts";

/** Every member there always is: whoever adds one has to name it here. */
const members: Readonly<
  Record<
    keyof Omit<
      DecisionRecord,
      "seq" | "refused_in_a_row" | "redacted" | "arguments" | "dropped" | "mask_failed" | "task_text" | "task_change"
    >,
    true
  >
> = {
  kind: true,
  decision_id: true,
  timestamp: true,
  monotonic_ms: true,
  labels: true,
  trace_id: true,
  bundles: true,
  approval_id: true,
  input_digest: true,
  path: true,
  phase: true,
  method: true,
  request_path: true,
  subject: true,
  acting_for: true,
  session: true,
  task: true,
  protocol: true,
  route: true,
  action: true,
  tool: true,
  judged_digest: true,
  erased: true,
  masked: true,
  result: true,
  rules: true,
  metrics: true,
  input: true,
};
const hostile = 'a"b\\c\n\u2028\ud800,"kind":"outcome"';
const at = { now: Date.parse("2026-11-25T12:00:00.000Z"), monotonic: 1_234.567_8 };
const options = {
  labels: labelsText(hostile, "test"),
  maskPointers: [],
  arguments: { keep: "full", maxBytes: 65_536 },
} as const;

function recordOf(context: object, decided = decision()): DecisionRecord {
  const request = { method: "POST", url: `/x${hostile}?secret`, rawHeaders: [] };
  const known = { ...newContext({ decisionId: "d_1", request, startedAt: 0 }), ...context };
  return JSON.parse(`{"seq":1${decisionLine(known, decided, at, options)}}`) as DecisionRecord;
}

test("writes every member of a decision record, and no more, whatever stands in them", () => {
  const { call, facts: known, input } = evaluated({ subject: subject({ id: hostile }) });
  const session = { ...facts().session, id: hostile };
  const reason = { code: "X", message: hostile, rule: `t/${hostile}`, severity: "low", controls: [] } as const;
  const record = recordOf(
    { route: call.route, call, subject: subject({ id: hostile }), facts: { ...known, session }, input },
    decision({ reasons: [reason], detail: hostile }),
  );
  const shown = JSON.parse(JSON.stringify(hostile)) as string;
  expect(Object.keys(record).sort()).toEqual(["seq", ...Object.keys(members)].sort());
  expect(record).toMatchObject({
    kind: "decision",
    seq: 1,
    monotonic_ms: 1_234.568,
    subject: shown,
    session: shown,
  });
  expect(record.labels).toEqual({ instance: shown, environment: "test" });
  expect([record.rules, record.result.reasons, record.result.detail]).toEqual([[`t/${shown}`], [reason], shown]);
  expect((record.input as { subject: { id: string } }).subject.id).toBe(shown);
});

test("says of what is added to the text of a task its digest and length, and nothing else", () => {
  const said = saidTaskText("Pay ann@shop.example");
  const { call } = evaluated();
  const record = recordOf({ route: call.route, call, subject: subject(), facts: facts(), taskText: said });
  expect(record.task_text).toEqual({ digest: said?.digest, bytes: 20 });
  expect(JSON.stringify(record)).not.toContain("ann@shop.example");
});

test("says of a task that is opened, before it is, what it gives access to", () => {
  const change = openingOf(lease({ limits: leaseLimits({ calls: 20, spend: { EUR: "500" } }) }));
  const record = recordOf({ lease: change });
  expect([record.task, record.task_change]).toEqual(["t_1", change]);
  expect(change).toMatchObject({
    task: "t_1",
    change: "opened",
    by: { id: "orchestrator" },
    scope: { tools: ["payments/*"], limits: { calls: 20, concurrent: null, spend: { EUR: "500" } } },
  });
  expect(openingOf(lease({ parent: "t_0" })).change).toBe("narrowed");
});

test("says null of what was not known when a request was refused, and leaves the query out", () => {
  const record = recordOf({ route: null, call: null, subject: null, facts: null, input: null });
  expect(Object.keys(record).sort()).toEqual(["seq", ...Object.keys(members)].sort());
  expect(record).toMatchObject({ input: null, subject: null, tool: null, route: null, bundles: {}, session: null });
  expect(record.request_path).not.toContain("secret");
});
