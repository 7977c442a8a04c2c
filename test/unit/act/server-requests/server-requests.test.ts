import { actOnServerRequest, refuseArrival } from "../../../../gateway/act/server-requests/judge.ts";
import { type AskedWithin, ServerRequests } from "../../../../gateway/act/server-requests/server-requests.ts";
import { outcome, type Outcome } from "../../../../gateway/domain/decision-record.ts";
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
function world(
  decide: Decide,
  era: "legacy" | "modern" = "legacy",
  failsAfter: (request: PendingServerRequest) => boolean = () => false,
) {
  const told: object[] = [];
  const outcomes: string[] = [];
  const labels: unknown[] = [];
  const sessions = { label: async (_call: unknown, given: unknown) => void labels.push(given) };
  const warned: unknown[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (...said: unknown[]) => void warned.push(said) };
  const act = actOnServerRequest({ sessions, logger });
  const all = new ServerRequests({
    exchanges: {
      forServerRequest: (exchange, serverRequest) =>
        ({ ...exchange, serverRequest, context: { decisionId: "d_asked" } }) as Exchange,
    },
    states: { sealed: (_to, _asked, state) => `sealed ${state}` },
    clock: new TestClock(),
    logger,
  });
  const mcp = {
    era,
    version: "2025-11-25",
    kind: "request",
    id: 1,
    transportSession: "s",
    capabilities: { elicitation: {}, sampling: {}, roots: {} },
  } as unknown as McpMessage;
  const call = evaluated({ call: toolCall({ mcp, action: "tools/call", name: "pay" }) });
  const within: AskedWithin = {
    exchange: {} as Exchange,
    evaluated: call,
    async enter(exchange) {
      const request = exchange.serverRequest as PendingServerRequest;
      const made = await act(exchange, { ...call, decision: decide(request) });
      outcomes.push(`${made.kind} ${made.code}`);
      // What fails after that, such as the record of it, ends as a refusal.
      if (failsAfter(request)) refuseArrival(exchange, new Refusal("record_unavailable"));
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
  return { all, told, outcomes, labels, warned, asked: all.within(within), answer };
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

  test("that cannot be read is told to the log once for each reason", async () => {
    const { asked, outcomes, warned } = world(() => allow);
    for (const detail of ["key twice at byte 4", "key twice at byte 5", "a byte order mark"])
      await asked
        .message(elicits, () => Promise.reject(new Refusal("result_unreadable", { detail })))
        .catch(() => undefined);
    expect(outcomes).toEqual(Array.from({ length: 3 }, () => "withheld result_unreadable"));
    const said = { code: "result_unreadable", detail: expect.stringMatching(/byte 4|mark/) as string };
    expect(warned).toMatchObject([
      [expect.any(String), said],
      [expect.any(String), said],
    ]);
  });

  test.each<[string, () => unknown, string, string | null]>([
    ["a Refusal", () => new Refusal("result_undecided"), "result_undecided", null],
    ["an Error", () => new RangeError("too long"), "internal", "RangeError: too long"],
    ["what cannot be described", () => Object.create(null), "internal", "cannot be described"],
  ])("that fails with %s ends the answer, and its server is told", async (_what, thing, code, detail) => {
    const { asked, told } = world(() => allow);
    const failed = await asked
      .message(elicits, () => Promise.reject(thing() as Error))
      .catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ code, detail: detail === null ? null : expect.stringContaining(detail) });
    expect(told).toMatchObject([{ id: 7, error: { data: { code } } }]);
  });

  test("whose record fails after it was allowed does not pass, and its server is told once", async () => {
    const { asked, told, all, answer } = world(
      () => allow,
      "legacy",
      () => true,
    );
    expect(await asked.message(elicits, passes)).toBeNull();
    expect(told).toMatchObject([{ id: 7, error: { data: { code: "record_unavailable" } } }]);
    expect(() => all.passed.take(answer(7))).toThrow(expect.objectContaining({ code: "server_request_unknown" }));
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
      code: "server_request_denied",
      reasons: [reason],
    });
    expect(outcomes.toSorted()).toEqual(["refused server_request_denied", "withheld server_request_denied"]);
  });

  test("passes not at all where the record of a part of it fails", async () => {
    const { asked } = world(
      () => allow,
      "modern",
      ({ method }) => method === "roots/list",
    );
    await expect(asked.inputRequests(inputs("elicitation/create", "roots/list"))).rejects.toMatchObject({
      code: "record_unavailable",
    });
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

describe("an answer to a request of a server", () => {
  const ended = (forwardedDigest: string | null): Outcome => ({ ...outcome({ kind: "failed" }), forwardedDigest });

  async function passed() {
    const all = world(() => allow);
    await all.asked.message(elicits, passes);
    return { ...all, take: () => all.all.passed.take(all.answer(7)) };
  }

  test("may be given again where nothing of it has left", async () => {
    for (const send of [async () => ended(null), () => Promise.reject(new Refusal("credential_unavailable"))]) {
      const { all, answer, take } = await passed();
      await all.passed.answered(answer(7), send).catch(() => null);
      expect(take().method).toBe("elicitation/create");
    }
  });

  test("is used up while it is sent and once it has left", async () => {
    const { all, answer, take } = await passed();
    await all.passed.answered(answer(7), async () => {
      expect(take).toThrow(expect.objectContaining({ code: "server_request_unknown" }));
      return ended("sha256:x");
    });
    expect(take).toThrow(expect.objectContaining({ code: "server_request_unknown" }));
    await expect(all.passed.answered(answer(7), async () => ended(null))).rejects.toMatchObject({
      code: "server_request_unknown",
    });
  });

  test("does not bring back what its server has asked anew under the same id", async () => {
    const { all, asked, answer, take } = await passed();
    await all.passed.answered(answer(7), async () => {
      await asked.message({ ...elicits, method: "roots/list", params: {} }, passes);
      return ended(null);
    });
    expect(take().method).toBe("roots/list");
  });
});

test("the tool that asks on the stream of a session is known while one alone runs there", async () => {
  const { all } = world(() => allow);
  const call = (name: string, kind: McpMessage["kind"] = "request", action = "tools/call") =>
    toolCall({ mcp: { kind, transportSession: "s" } as McpMessage, action, name });
  const stream = call("crm", "stream", "transport/stream");
  const ends: ((fails?: boolean) => void)[] = [];
  const begin = (name: string) =>
    all.running
      .during(
        call(name),
        () => new Promise<void>((done, fail) => ends.push((fails = false) => (fails ? fail(new Error("x")) : done()))),
      )
      .catch(() => null);
  expect(all.running.asking(stream)).toBeNull();
  const running = ["a", "a", "b"].map(begin);
  expect(all.running.asking(stream)).toBeNull();
  ends[2]?.();
  await running[2];
  expect(all.running.asking(stream)).toBe("a");
  // Those ask for themselves, and not for what else runs in the session.
  expect(all.running.asking(call("crm", "request", "tasks/result"))).toBeNull();
  ends[0]?.();
  ends[1]?.(true);
  await Promise.all(running);
  expect(all.running.asking(stream)).toBeNull();
  await expect(
    all.running.during(call("c"), () => {
      throw new Error("at once");
    }),
  ).rejects.toThrow("at once");
  expect(all.running.asking(stream)).toBeNull();
  expect(all.running.asking(call("b"))).toBe("b");
});
