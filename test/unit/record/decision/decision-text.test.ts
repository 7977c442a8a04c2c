import { hash } from "node:crypto";
import { noApproval } from "../../../../gateway/domain/approval.ts";
import { newContext, type RequestContext } from "../../../../gateway/domain/exchange.ts";
import { callInput } from "../../../../gateway/domain/policy-input.ts";
import { noProvenance } from "../../../../gateway/domain/provenance.ts";
import { noRisk } from "../../../../gateway/domain/risk.ts";
import type { Subject } from "../../../../gateway/domain/subject.ts";
import type { ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { decisionLine, labelsText } from "../../../../gateway/record/decision/decision-line.ts";
import { DecisionTexts } from "../../../../gateway/record/decision/decision-text.ts";
import type { ArgumentsKept } from "../../../../gateway/record/decision/kept-arguments.ts";
import type { RecordText } from "../../../../gateway/record/decision/shared-record.ts";
import { WholeRecords } from "../../../../gateway/record/decision/whole-records.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { decision, facts, subject, toolCall } from "../../../support/builders.ts";

const at = { now: Date.parse("2026-11-25T12:00:00.000Z"), monotonic: 8_436.2 };
const labels = labelsText("gw-1", "test");
const time = { ns: "1795910400123456789", weekday: "Wednesday", hour: 12, zone: "UTC" } as const;
const known = facts({ provenance: noProvenance, time });
const who = subject();
const all: ArgumentsKept = { keep: "full", maxBytes: 65_536 };
const none: ArgumentsKept = { keep: "digest", maxBytes: 65_536 };
const sent = toolCall();

interface Given {
  readonly call?: Partial<ToolCall>;
  readonly facts?: object;
  readonly subject?: Subject;
  readonly decided?: object;
  readonly maskPointers?: readonly string[];
  readonly kept?: ArgumentsKept;
  readonly context?: object;
  readonly isHistoryRead?: boolean;
}

function contextOf(n: number, given: Given): RequestContext {
  const call = { ...sent, ...given.call };
  const found = { ...known, ...given.facts };
  const by = given.subject ?? who;
  const input = callInput(call, by, found);
  if (given.isHistoryRead === true) input.markHistoryRead?.();
  const request = { method: "POST", url: "/v1/refunds", rawHeaders: [] };
  const made = newContext({ decisionId: `d_${n}`, request, startedAt: 0, route: call.route });
  return { ...made, call, facts: found, subject: by, input, ...given.context };
}

/** The third record of calls of a kind, and the same as it is without references. */
function third(given: Given) {
  const options = { labels, maskPointers: given.maskPointers ?? [], arguments: given.kept ?? all };
  const texts = new DecisionTexts(options);
  const decided = decision(given.decided);
  const records = [1, 2, 3].map((n) => texts.of(contextOf(n, given), decided, at, 0));
  const [first, , last] = records as [RecordText, RecordText, RecordText];
  const whole = `{"seq":3${decisionLine(contextOf(3, given), decided, at, options)}}`;
  return { first, last, whole };
}

/** As text; as an object it is the same. */
function madeWhole({ shared, members }: RecordText): string {
  const records = new WholeRecords();
  for (const { line } of shared) records.note(`{"seq":1${line}}`);
  const whole = records.whole(`{"seq":3${members}}`);
  const object = records.shared(`{"seq":3${members}}`);
  const { input_digest: digest } = JSON.parse(whole) as JsonObject;
  expect({ ...object, input_digest: digest }).toEqual(JSON.parse(whole));
  return whole;
}

/** From the input on, which is the last member of a whole record. */
const inputIn = (line: string): string => line.slice(line.lastIndexOf(',"input":{"contract"'));

const session = { id: "run \u2028 é", trust: "transport", calls: 7, labels: ["pii", "untrusted"], history: [] };
const hostile = JSON.parse(
  '{"__proto__":{"a":1},"like":["x"],"n":1e21,"z":-0,"2":1,"b":[{"$ref":"x"}],"t":"\\ud800\\u0000\\"} ,\\"context\\":{"}',
) as JsonObject;
const approval = { ...noApproval, status: "approved", id: "a_1", approvers: ["ann"], age: 3, scope: "once" };

const calm = { ...noRisk, score: 0, isRead: true };
const signal = { name: "burst", weight: 0.3, evidence: '12 calls,"signals":[]}', ago: 4 };
const risky = { ...calm, score: 0.3, signals: [signal] };

test.each<[string, Given]>([
  ["an ordinary call", {}],
  ["arguments that look like anything", { call: { arguments: hostile } }],
  ["a session with labels", { facts: { session } }],
  ["a history that policy has read", { facts: { session }, isHistoryRead: true }],
  ["an approval", { facts: { approval } }],
  ["an approval that has no state", { facts: { approval: { ...noApproval, reason: "changed" } } }],
  [
    "URLs, and arguments left out",
    { call: { argumentsOmitted: true }, facts: { urls: [{ pointer: "/u", host: "x.example" }] } },
  ],
  ["values that were traced", { facts: { provenance: { ...noProvenance, isRead: true, isBeforeRead: true } } }],
  [
    "another who is acted for",
    { subject: subject({ actingFor: { id: "ann", issuer: "i" } as never, claims: { a: 'x"y' } }) },
  ],
  [
    "a redaction and a task's text",
    { context: { redacted: { pointers: ["/a"] }, taskText: { digest: "sha256:1", bytes: 3 } } },
  ],
  [
    "an answer with reasons",
    {
      decided: {
        effect: "hold",
        detail: "d",
        indeterminate: null,
        reasons: [{ code: "X", message: "m\n", rule: "a/b", severity: "low", controls: [] }],
      },
    },
  ],
  ["a refusal", { decided: { effect: "deny" } }],
  ["a risk without signals", { facts: { risk: calm } }],
  ["a risk with signals", { facts: { risk: risky } }],
  ["a risk with signals that is masked", { facts: { risk: risky }, maskPointers: ["/context/risk/signals"] }],
  ["a mask of an argument", { maskPointers: ["/context/arguments/order_id", "/context/arguments/nothing"] }],
  [
    "masks of what is shared",
    {
      maskPointers: [
        "/subject/properties/claims",
        "/context/session/id",
        "/resource/properties/request",
        "/context/task",
      ],
    },
  ],
  ["a mask of all facts about it", { maskPointers: ["/context"] }],
  ["a mask of the time, and one inside a number", { maskPointers: ["/context/time/ns/rawJSON", "/context/time/hour"] }],
])("a record that refers to shared members is the same record again: %s", (_what, given) => {
  const { first, last, whole } = third(given);
  expect(first.shared).toEqual([]);
  expect(last.shared.length).toBeGreaterThan(2);
  const again = madeWhole(last);
  expect(JSON.parse(again)).toEqual(JSON.parse(whole));
  expect(inputIn(again)).toBe(inputIn(whole));
  const digest = hash("sha256", inputIn(whole).slice(',"input":'.length, -1));
  expect(JSON.parse(again)).toMatchObject({ input_digest: `sha256:${digest}` });
});

test.each<[string, Given]>([
  ["all of them", { kept: none }],
  [
    "long ones",
    { kept: { keep: "full", maxBytes: 1_024 }, call: { arguments: { note: "é".repeat(500), order_id: 12 } } },
  ],
  ["some of them masked", { kept: none, maskPointers: ["/context/arguments/order_id"] }],
  ["of one that is refused", { kept: none, decided: { effect: "deny" } }],
])("a record with a digest in place of arguments is the same record again: %s", (_what, given) => {
  const { last, whole } = third(given);
  expect(last.shared.length).toBeGreaterThan(2);
  const again = JSON.parse(madeWhole(last)) as JsonObject;
  expect(again).toEqual(JSON.parse(whole));
  // The digest is of what was judged, which the record of all arguments has.
  const full = JSON.parse(third({ ...given, kept: all }).whole) as JsonObject;
  const { arguments: judged } = (full["input"] as { context: JsonObject }).context;
  const text = JSON.stringify(judged);
  expect(again).toMatchObject({
    input_digest: full["input_digest"],
    arguments: { digest: `sha256:${hash("sha256", text)}`, bytes: Buffer.byteLength(text) },
    erased: expect.arrayContaining(["/input/context/arguments"]) as unknown,
  });
  expect((again["input"] as { context: object }).context).not.toHaveProperty("arguments");
});

test.each<[string, Given]>([
  ["short ones", { kept: { keep: "full", maxBytes: 1_024 }, call: { arguments: { note: "é".repeat(500) } } }],
  ["that are masked", { kept: none, maskPointers: ["/context/arguments"] }],
  ["that the gateway did not read", { kept: none, call: { argumentsOmitted: true, arguments: {} } }],
])("a record has no digest of arguments: %s", (_what, given) => {
  const { last, whole } = third(given);
  for (const line of [madeWhole(last), whole]) expect(JSON.parse(line)).not.toHaveProperty("arguments");
});

test("a record names method and path of the request that was judged, not of the message that it came in", () => {
  const request = { ...sent.request, method: "GET", path: "/v1/refunds/7" };
  const { first, last, whole } = third({ call: { request } });
  for (const text of [`{"seq":1${first.members}}`, madeWhole(last), whole])
    expect(JSON.parse(text)).toMatchObject({ method: "GET", request_path: "/v1/refunds/7" });
});

test("each record has the risk of its own call, with signals and without", () => {
  const options = { labels, maskPointers: [], arguments: all };
  const texts = new DecisionTexts(options);
  const risks = [calm, risky, { ...calm, score: 0.1 }, { ...risky, score: 0.31 }];
  for (let n = 1; n <= 12; n += 1) {
    const context = contextOf(n, { facts: { risk: risks[n % risks.length] } });
    const again = madeWhole(texts.of(context, decision(), at, 0));
    expect(JSON.parse(again)).toEqual(JSON.parse(`{"seq":3${decisionLine(context, decision(), at, options)}}`));
  }
});

test.each<[string, (n: number) => string]>([
  ["of SHA-256, each another", (n) => `sha256:${hash("sha256", String(n))}`],
  ["of SHA-256 and others in turn", (n) => (n % 2 === 0 ? `sha256:${hash("sha256", String(n))}` : `sha512:${n}`)],
  ["in capitals", (n) => `sha256:${hash("sha256", String(n)).toUpperCase()}`],
  ["of another length", (n) => `sha256:${hash("sha256", String(n)).slice(n)}`],
])("each record has the digest of its own request: %s", (_what, digestOf) => {
  const options = { labels, maskPointers: [], arguments: all };
  const texts = new DecisionTexts(options);
  for (let n = 1; n <= 12; n += 1) {
    const context = contextOf(n, { call: { request: { ...sent.request, digest: digestOf(n) } } });
    const again = JSON.parse(madeWhole(texts.of(context, decision(), at, 0))) as JsonObject;
    expect(again["judged_digest"]).toBe(digestOf(n));
    expect(again).toEqual(JSON.parse(`{"seq":3${decisionLine(context, decision(), at, options)}}`));
  }
});

/** A question of a tool server belongs to no tool, or to one. */
const asked = (tool: string | null): Partial<ToolCall> => ({
  resourceType: "sampling",
  action: "sampling/createMessage",
  name: sent.route.server,
  serverRequest: { tool },
});

test.each<[string, Given, Given]>([
  ["no tool and a tool named null", { call: asked("null") }, { call: asked(null) }],
  ["no detail and one that says null", { decided: { detail: "null" } }, { decided: { detail: null } }],
  ["no detail and an empty one", { decided: { detail: "" } }, { decided: { detail: null } }],
])("what is shared is of the same call: %s", (_what, given, other) => {
  const options = { labels, maskPointers: [], arguments: all };
  const texts = new DecisionTexts(options);
  for (const n of [1, 2, 3]) texts.of(contextOf(n, given), decision(given.decided), at, 0);
  for (const n of [4, 5, 6]) {
    const context = contextOf(n, other);
    const again = madeWhole(texts.of(context, decision(other.decided), at, 0));
    const whole = `{"seq":3${decisionLine(context, decision(other.decided), at, options)}}`;
    expect(JSON.parse(again)).toEqual(JSON.parse(whole));
  }
});

describe("what is kept for the next record", () => {
  const deny = decision({ effect: "deny" });
  const requestOf = (mark: string): Partial<ToolCall> => ({
    request: {
      ...sent.request,
      path: `/mcp?${mark.slice(0, 9)}`,
      document: { host: "h", path: "/mcp", mark },
    },
  });
  const isShared = ({ shared }: RecordText, text: string): boolean =>
    shared.some(({ members }) => members.includes(text));

  test("is not a long request", () => {
    const [small, long] = ["n".repeat(1_000), "m".repeat(3_000)];
    expect(isShared(third({ call: requestOf(small) }).last, small)).toBe(true);
    const { last, whole } = third({ call: requestOf(long) });
    expect(last.shared.length).toBeGreaterThan(0);
    expect(isShared(last, long)).toBe(false);
    expect(JSON.parse(madeWhole(last))).toEqual(JSON.parse(whole));
  });

  test("is not who calls with a long purpose", () => {
    const intent = { purpose: "p".repeat(3_000), declaredBy: "header", truncated: false };
    expect(third({ facts: { intent } }).last.shared).toEqual([]);
  });

  test("is nothing of a refused call that is too much", () => {
    const texts = new DecisionTexts({ labels, maskPointers: [], arguments: all });
    const given = { call: requestOf("refused") };
    // Its tool, policy and answer are known.
    for (const n of [1, 2]) texts.of(contextOf(n, {}), deny, at, 0);
    const large = { call: { ...given.call, arguments: { note: "x".repeat(8_000) } } };
    for (const n of [3, 4]) expect(texts.of(contextOf(n, large), deny, at, 0).shared).toEqual([]);
    const next = (n: number): RecordText => texts.of(contextOf(n, given), deny, at, 0);
    expect(isShared(next(5), '"mark":"refused"')).toBe(false);
    expect(isShared(next(6), '"mark":"refused"')).toBe(true);
  });
});
