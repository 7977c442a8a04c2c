/**
 * Results that ask their caller for input, and the rounds that follow, where they are somebody else's, changed, or of a form that was
 * not declared (MCP 2026-07-28, "Multi Round-Trip Requests").
 */
import { eventually } from "../../support/eventually.ts";
import { askingWorldOfFile, findTicket, form, found, type Message, type Sent } from "./support/asking-world.ts";
import { readLog } from "./support/log.ts";

const world = askingWorldOfFile();
const { send, says } = world;

const modern = (capabilities: object) => ({
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  },
});
const modernHeaders = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "find_ticket" };

describe("a result that asks for input (MCP 2026-07-28)", () => {
  const asks = (...methods: string[]) => ({
    resultType: "input_required",
    requestState: "opaque",
    inputRequests: Object.fromEntries(
      methods.map((method, at) => [`k${at}`, { method, params: method === "elicitation/create" ? form : {} }]),
    ),
  });
  const call = (capabilities: object) => findTicket(modern(capabilities));
  const asked = (capabilities: object, route = "crm") => send(call(capabilities), { route, headers: modernHeaders });

  test("reaches a caller that has declared it, where policy allows it", async () => {
    says(asks("elicitation/create"));
    const { result } = JSON.parse((await asked({ elicitation: {} })).text) as { result: object };
    expect(result).toMatchObject({ resultType: "input_required", inputRequests: { k0: { params: form } } });
  });

  test("is an error as a whole where policy refuses a part of it, and says that the call ran", async () => {
    says(asks("elicitation/create", "sampling/createMessage"));
    const { text } = await asked({ elicitation: {}, sampling: {} });
    const { result } = JSON.parse(text) as { result: object };
    expect(result).toMatchObject({
      resultType: "complete",
      isError: true,
      _meta: { "dev.sallyport/decision": { code: "server_request_denied", reasons: ["NO_RULE_PERMITS"] } },
    });
    expect(text).not.toContain("who?");
    const methods = ["elicitation/create", "sampling/createMessage"];
    const outcomes = await eventually("the records", async () => {
      const all = (await readLog(world.gateway.logDir)).lines as unknown as readonly Message[];
      const asked = all.filter(({ kind, action }) => kind === "decision" && methods.includes(String(action))).slice(-2);
      const ended = asked.map(({ decision_id: id }) =>
        all.find((line) => line["kind"] === "outcome" && line["decision_id"] === id),
      );
      return ended.includes(undefined) || String(asked[1]?.["action"]) !== methods[1] ? null : ended;
    });
    expect(outcomes).toMatchObject([{ outcome: "withheld" }, { outcome: "refused", code: "server_request_denied" }]);
  });

  test.each([
    ["nothing", {}, "elicitation/create"],
    ["pages alone", { elicitation: { url: {} } }, "elicitation/create"],
    ["forms alone", { elicitation: {} }, "roots/list"],
  ])("is refused to a caller that has declared %s", async (_what, capabilities, method) => {
    says(asks(method));
    expect((await asked(capabilities)).text).toContain("server_request_undeclared");
  });

  test("is refused in a version that has no such result, and so is a task that nobody declared", async () => {
    for (const result of [asks("elicitation/create"), { resultType: "task", taskId: "t", status: "working" }]) {
      says(result);
      expect((await send(findTicket())).text).toContain("upstream_answer_refused");
    }
    says({ resultType: "task", taskId: "t", status: "working" });
    expect((await asked({})).text).toContain("upstream_answer_refused");
  });

  test("is refused where an entry is no request", async () => {
    for (const entry of ["x", null, {}, { method: 1 }, { method: "elicitation/create", params: [] }]) {
      says({ resultType: "input_required", inputRequests: { k: entry } });
      expect((await asked({ elicitation: {} })).text).toContain("upstream_answer_refused");
    }
    says({ resultType: "input_required", inputRequests: { k: { method: "tools/call", params: {} } } });
    expect((await asked({ elicitation: {} })).text).toContain("mcp_method_unknown");
  });

  const password = { message: "who?", requestedSchema: { type: "object", properties: { password: {} } } };

  test.each<[string, object]>([
    ["a spelling of its type that some clients read", { ResultType: "input_required", inputRequests: {} }],
    ["a spelling of its requests that some clients read", { ...asks("elicitation/create"), InputRequests: {} }],
    ["requests and no type", { ...found, inputRequests: asks("elicitation/create").inputRequests }],
    ["requests and another type", { ...asks("elicitation/create"), resultType: "complete" }],
    ["more requests than anybody answers", asks(...Array.from({ length: 17 }, () => "elicitation/create"))],
    [
      "a form under another spelling",
      {
        resultType: "input_required",
        inputRequests: {
          k: { method: "elicitation/create", params: { message: "who?", RequestedSchema: password.requestedSchema } },
        },
      },
    ],
  ])("is refused with %s", async (_what, result) => {
    says(result);
    const { text } = await asked({ elicitation: {} });
    expect(text).toContain("upstream_answer_refused");
    expect(text).not.toContain("who?");
    expect(text).not.toContain("password");
  });
});

describe("the state of a call that goes on in rounds (MCP 2026-07-28)", () => {
  const capabilities = { elicitation: {} };
  const round = (more: object, sub = "support-bot", args: object = { query: "x" }) =>
    send(findTicket({ ...modern(capabilities), ...more, arguments: args }), { sub, headers: modernHeaders });
  const inputResponses = { k: { action: "accept", content: {} } };
  const asking = (requestState: string) => ({
    resultType: "input_required",
    requestState,
    inputRequests: { k: { method: "elicitation/create", params: form } },
  });

  /** What the caller is given in the place of the tool server's state. */
  async function given(args?: object): Promise<string> {
    says(asking("theirs"));
    const { text } = await round({}, "support-bot", args);
    says({ resultType: "complete", ...found });
    world.upstream.requests.splice(0);
    return (JSON.parse(text) as { result: { requestState: string } }).result.requestState;
  }

  test("comes back to the tool server as it was, from the same caller with the same call", async () => {
    const requestState = await given();
    expect(requestState).not.toContain("theirs");
    expect((await round({ requestState, inputResponses })).text).toContain("found");
    const [sent] = world.upstream.requests;
    expect(JSON.parse(sent?.body.toString() ?? "")).toMatchObject({
      params: { name: "find_ticket", requestState: "theirs", inputResponses },
    });
  });

  test("belongs to the call as it came where obligations take something out of what is sent", async () => {
    const noted = { query: "x", note: "mine" };
    const requestState = await given(noted);
    const redacted = { query: "x", note: "[redacted]" };
    for (const args of [{ query: "x" }, redacted])
      expect((await round({ requestState, inputResponses }, "support-bot", args)).text).toContain("mcp_state_refused");
    expect((await round({ requestState, inputResponses }, "other-bot", noted)).text).toContain("mcp_state_refused");
    expect(world.upstream.requests).toEqual([]);
    expect((await round({ requestState, inputResponses }, "support-bot", noted)).text).toContain("found");
    const [sent] = world.upstream.requests;
    expect(JSON.parse(sent?.body.toString() ?? "")).toMatchObject({
      params: { arguments: redacted, requestState: "theirs", inputResponses },
    });
  });

  test.each<[string, (requestState: string) => Promise<Sent>]>([
    ["another caller", (requestState) => round({ requestState, inputResponses }, "other-bot")],
    ["other arguments", (requestState) => round({ requestState, inputResponses }, "support-bot", { query: "y" })],
    ["a change in it", (requestState) => round({ requestState: `${requestState}A`, inputResponses })],
    ["the tool server's own spelling", () => round({ requestState: "theirs", inputResponses })],
  ])("is refused with %s, and nothing is sent", async (_what, again) => {
    const { status, text } = await again(await given());
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      { error: { code: -32602, data: { code: "mcp_state_refused" } } },
    ]);
    expect(world.upstream.requests).toEqual([]);
  });

  test("comes with answers that policy sees", async () => {
    const requestState = await given();
    const responses = { k: { action: "accept", content: { name: "sk-1" } } };
    expect((await round({ requestState, inputResponses: responses })).text).toContain("ANSWER_SECRET");
    expect((await round({ inputResponses: responses })).text).toContain("ANSWER_SECRET");
    expect(world.upstream.requests).toEqual([]);
  });

  test("that is sent again is a call like any other: judged again, with a record of its own", async () => {
    const requestState = await given();
    const before = (await readLog(world.gateway.logDir)).lines.length;
    for (let time = 0; time < 2; time += 1) await round({ requestState, inputResponses });
    const calls = await eventually("the records", async () => {
      const lines = (await readLog(world.gateway.logDir)).lines.slice(before);
      const ended = lines.filter(({ kind, outcome }) => kind === "outcome" && outcome === "forwarded");
      // The outcome of the call before them may come later than its answer.
      const made = lines.filter(({ kind }) => kind === "decision").map(({ decision_id: id }) => id);
      const both = made.filter((id) => ended.some(({ decision_id: other }) => other === id));
      return both.length === 2 ? both : null;
    });
    expect(new Set(calls).size).toBe(2);
  });
});

test("a filtered list is nobody else's, and not kept (MCP 2026-07-28, caching)", async () => {
  const tools = ["find_ticket", "hidden"].map((name) => ({ name, inputSchema: { type: "object" } }));
  const list = { jsonrpc: "2.0", id: 8, method: "tools/list", params: modern({}) };
  says({ resultType: "complete", tools, ttlMs: 9_000, cacheScope: "public" });
  const { text } = await send(list, { headers: { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" } });
  expect(JSON.parse(text)).toMatchObject({
    result: { tools: [{ name: "find_ticket" }], ttlMs: 0, cacheScope: "private" },
  });
});
