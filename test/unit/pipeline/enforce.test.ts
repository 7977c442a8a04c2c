import { decisionOf } from "../../../gateway/act/respond/refuse.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { type Exchange, newContext } from "../../../gateway/domain/exchange.ts";
import { callDoor, type Door, enforce, type Enter, type Steps } from "../../../gateway/pipeline/enforce.ts";
import { failClosed } from "../../../gateway/pipeline/fail-closed.ts";
import { decision, facts, subject, toolCall } from "../../support/builders.ts";

const never: Enter<Exchange> = () => Promise.reject(new Error("nothing begins another call here"));

function exchangeOf(known: Partial<Exchange> = {}): Exchange {
  const context = newContext({ decisionId: "d_1", request: { rawHeaders: [] }, startedAt: 0 });
  return { context, ...known } as Exchange;
}

/** The steps of a row, and the names of those that ran. */
function row(name: string, ran: string[], changes: Partial<Steps<Exchange>> = {}): Steps<Exchange> {
  const note = <Value>(step: string, value: Value): Value => {
    ran.push(`${name} ${step}`);
    return value;
  };
  return {
    identify: () => note("identify", Promise.resolve(subject())),
    gather: () => note("gather", Promise.resolve({ facts: facts() })),
    decide: () => note("decide", decision()),
    record: (_context, _decision, act) => note("record", act()),
    act: () => note("act", Promise.resolve(outcome({ kind: "forwarded" }))),
    ...changes,
  };
}

test("takes the steps in their order, and notes in the context how far the call came", async () => {
  const ran: string[] = [];
  const door: Door<Exchange> = {
    parse: () => ({ call: toolCall() }),
    steps: () => row("http", ran),
    rewrite: () => null,
  };
  const exchange = exchangeOf();
  await enforce(door, exchange, never);
  // The record begins before the act, which it waits for.
  expect(ran).toEqual(["http identify", "http gather", "http decide", "http act", "http record"]);
  const { call, subject: who, facts: known, input } = exchange.context;
  expect([call, who, known, input].every((one) => one !== null)).toBe(true);
});

test("says in the context which call it was when its caller cannot be identified", async () => {
  const call = toolCall();
  const identify = () => Promise.reject(new Error("no token"));
  const door: Door<Exchange> = {
    parse: () => ({ call }),
    steps: () => row("http", [], { identify }),
    rewrite: () => null,
  };
  const arrival = exchangeOf();
  await expect(enforce(door, arrival, never)).rejects.toThrow("no token");
  expect(arrival.context.call).toBe(call);
});

test("does not act when the decision cannot be recorded", async () => {
  const ran: string[] = [];
  const record = () => Promise.reject(new Error("disk full"));
  const door: Door<Exchange> = {
    parse: () => ({ call: toolCall() }),
    steps: () => row("http", ran, { record }),
    rewrite: () => null,
  };
  await expect(enforce(door, exchangeOf(), never)).rejects.toThrow("disk full");
  expect(ran).toEqual(["http identify", "http gather", "http decide"]);
});

test.each([
  ["http", toolCall(), {}],
  ["mcp", toolCall({ mcp: {} as never }), {}],
  ["task", toolCall({ mcp: {} as never }), { answerSink: () => ({}) as never }],
  ["asked", toolCall({ mcp: {} as never }), { serverRequest: {} as never }],
])("takes the row of a call of kind %s", async (kind, call, known) => {
  const ran: string[] = [];
  const [http, mcp, task, serverRequest] = ["http", "mcp", "task", "asked"].map((name) => row(name, ran));
  const table = { http: http!, mcp: mcp!, task: task!, serverRequest: serverRequest! };
  await enforce(
    callDoor(
      () => Promise.resolve(call),
      table,
      () => null,
    ),
    exchangeOf(known),
    never,
  );
  expect(new Set(ran.map((step) => step.split(" ")[0]))).toEqual(new Set([kind]));
});

test("goes through the whole path again when people approved the call while its caller waited", async () => {
  const ran: string[] = [];
  let resumed: string | null = null;
  const act: Steps<Exchange>["act"] = async ({ resumed: approval }) => {
    resumed = approval ?? null;
    return outcome(approval === "a_1" ? { kind: "forwarded" } : { kind: "resumed", approvalId: "a_1" });
  };
  const steps = row("http", ran, { act });
  await failClosed({
    door: { parse: () => ({ call: toolCall() }), steps: () => steps, rewrite: () => null },
    record: steps.record,
    decisionOf,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    refuse: () => outcome({ kind: "refused" }),
    resume: (exchange: Exchange, approvalId: string) => ({ ...exchangeOf(), ...exchange, resumed: approvalId }),
  })(exchangeOf());
  expect(resumed).toBe("a_1");
  expect(ran.filter((step) => step === "http identify")).toHaveLength(2);
});
