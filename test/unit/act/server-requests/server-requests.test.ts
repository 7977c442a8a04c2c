import { actOnServerRequest } from "../../../../gateway/act/server-requests/judge.ts";
import { type AskedWithin, ServerRequests } from "../../../../gateway/act/server-requests/server-requests.ts";
import type { Decision } from "../../../../gateway/domain/decision.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { EvaluatedCall, Exchange, PendingServerRequest } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { decision, evaluated, TestClock, toolCall } from "../../../support/builders.ts";

const reason = { code: "NO", message: "the rule's words", rule: "a/b", severity: "low", controls: [] } as const;
const deny = decision({ effect: "deny", reasons: [reason] });
const allow = decision({ effect: "allow" });

type Decide = (request: PendingServerRequest) => Decision;

/** A path that decides as it is told, and keeps what came out of it. */
function world(decide: Decide, era: "legacy" | "modern" = "legacy") {
  const told: object[] = [];
  const outcomes: string[] = [];
  const labels: unknown[] = [];
  const act = actOnServerRequest({ sessions: { label: async (_call, given) => void labels.push(given) } });
  const all = new ServerRequests({
    exchanges: {
      asked: (exchange, serverRequest) =>
        ({ ...exchange, serverRequest, context: { decisionId: "d_asked" } }) as Exchange,
    },
    states: { sealed: (_to, _asked, state) => `sealed ${state}` },
    ...{ clock: new TestClock(), logger: { debug() {}, info() {}, warn() {}, error() {} } },
  });
  const mcp = {
    ...{ era, version: "2025-11-25", kind: "request", id: 1, transportSession: "s" },
    capabilities: { elicitation: {}, sampling: {}, roots: {} },
  } as unknown as McpMessage;
  const call = evaluated({ call: toolCall({ mcp, action: "tools/call", name: "pay" }) });
  const within: AskedWithin = {
    ...{ exchange: {} as Exchange, evaluated: call },
    async enter(exchange) {
      const made = await act(exchange, { ...call, decision: decide(exchange.serverRequest as PendingServerRequest) });
      outcomes.push(`${made.kind} ${made.code}`);
    },
    async tell(message) {
      told.push(JSON.parse(message) as object);
      return true;
    },
  };
  const answer = (id: number | string): EvaluatedCall => ({
    ...call,
    call: { ...call.call, mcp: { ...mcp, kind: "response", id } },
  });
  return { all, told, outcomes, labels, asked: all.within(within), answer };
}

const elicits = { jsonrpc: "2.0", id: 7, method: "elicitation/create", params: { message: "?" } };
const passes = async () => "as it passes";

describe("a message of a server", () => {
  test("that is allowed passes as the result phase leaves it, and is answered once", async () => {
    const { asked, outcomes, all, answer, told } = world(({ tool, method, params }) => {
      expect([tool, method, params]).toEqual(["pay", "elicitation/create", { message: "?" }]);
      return allow;
    });
    expect(await asked.message(elicits, passes)).toBe("as it passes");
    expect([outcomes, told]).toEqual([["forwarded null"], []]);
    expect(() => all.passed.take(answer("7"))).toThrow(Refusal);
    expect(all.passed.take(answer(7)).method).toBe("elicitation/create");
    expect(() => all.passed.take(answer(7))).toThrow(expect.objectContaining({ code: "server_request_unknown" }));
  });

  test.each<[string, Decision, string]>([
    ["denies", deny, "server_request_denied"],
    ["wants people to approve", decision({ effect: "hold" }), "server_request_held"],
    ["gives no answer to", decision({ effect: "deny", indeterminate: "policy_undefined" }), "policy_undefined"],
    [
      "binds to what cannot be done for",
      decision({ effect: "allow", obligations: [{ type: "consume_approval" }] }),
      "obligation_failed",
    ],
  ])("that policy %s is an error for the server alone", async (_what, decided, code) => {
    const { asked, outcomes, told, all, answer } = world(() => decided);
    expect(await asked.message(elicits, passes)).toBeNull();
    expect(outcomes).toEqual([`refused ${code}`]);
    expect(told).toMatchObject([{ jsonrpc: "2.0", id: 7, error: { data: { code, id: "d_asked" } } }]);
    expect(JSON.stringify(told)).not.toContain("the rule's words");
    expect(() => all.passed.take(answer(7))).toThrow(Refusal);
  });

  test("that the result phase keeps back is an error for the server", async () => {
    const { asked, outcomes, told } = world(() => allow);
    expect(await asked.message(elicits, async () => null)).toBeNull();
    expect(outcomes).toEqual(["withheld result_blocked"]);
    expect(told).toMatchObject([{ error: { data: { code: "result_blocked" } } }]);
  });

  test("that cannot be judged ends the answer, and its server is told", async () => {
    const { asked, told } = world(() => allow);
    const read = () => Promise.reject(new Refusal("result_undecided"));
    await expect(asked.message(elicits, read)).rejects.toMatchObject({ code: "result_undecided" });
    expect(told).toMatchObject([{ id: 7, error: { data: { code: "result_undecided" } } }]);
  });

  test("gives the session the labels that its decision asks for", async () => {
    const { asked, labels } = world(() =>
      decision({ effect: "allow", obligations: [{ type: "label_session", labels: ["asked"] }] }),
    );
    expect(await asked.message(elicits, passes)).toBe("as it passes");
    expect(labels).toEqual([["asked"]]);
  });

  test("for liveness is not judged", async () => {
    const { asked, outcomes } = world(() => deny);
    expect(await asked.message({ jsonrpc: "2.0", id: 1, method: "ping" }, passes)).toBe("as it passes");
    expect(outcomes).toEqual([]);
  });
});

describe("what a result asks for", () => {
  const inputs = (...methods: string[]) => Object.fromEntries(methods.map((method, at) => [`k${at}`, { method }]));

  test("passes where all of it is allowed", async () => {
    const { asked, outcomes } = world(() => allow, "modern");
    await asked.inputRequests(inputs("elicitation/create", "roots/list"));
    expect(outcomes).toEqual(["forwarded null", "forwarded null"]);
  });

  test("passes not at all where a part of it is refused, and the record of each says so", async () => {
    const { asked, outcomes } = world(({ method }) => (method === "roots/list" ? deny : allow), "modern");
    await expect(asked.inputRequests(inputs("elicitation/create", "roots/list"))).rejects.toMatchObject({
      ...{ code: "server_request_denied", reasons: [reason] },
    });
    expect(outcomes.toSorted()).toEqual(["refused server_request_denied", "withheld server_request_denied"]);
  });

  test("has its state bound to the caller", () => {
    const { asked } = world(() => allow, "modern");
    const text = (result: object) => JSON.stringify({ jsonrpc: "2.0", id: 1, result });
    expect(asked.sealed(text({ n: 1, requestState: "s" }))).toBe(text({ n: 1, requestState: "sealed s" }));
    expect(asked.sealed(text({ n: 1 }))).toBe(text({ n: 1 }));
    expect(() => asked.sealed(text({ requestState: 1 }))).toThrow(
      expect.objectContaining({ code: "upstream_answer_refused" }),
    );
  });
});

test("the tool that asks on the stream of a session is known while one alone runs there", () => {
  const { all } = world(() => allow);
  const mcp = { transportSession: "s" } as McpMessage;
  const call = (name: string) => toolCall({ mcp, action: "tools/call", name });
  const stream = toolCall({ mcp, action: "transport/stream" });
  expect(all.running.asking(stream)).toBeNull();
  const [first, again, other] = [call("a"), call("a"), call("b")].map((one) => all.running.begin(one));
  expect(all.running.asking(stream)).toBeNull();
  other?.();
  expect(all.running.asking(stream)).toBe("a");
  first?.();
  again?.();
  expect(all.running.asking(stream)).toBeNull();
  expect(all.running.asking(call("b"))).toBe("b");
});
