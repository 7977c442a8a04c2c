/**
 * Messages from tool servers to agents, and answers to them, that nobody asked for, that are somebody else's, or that two readers take
 * for two things (MCP 2025-11-25, "Sending Messages to the Server"; MCP 2026-07-28, "Multi Round-Trip Requests").
 */
import type { ServerResponse } from "node:http";
import { eventually } from "../../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { readLog } from "./support/log.ts";

/** A site's rule about what people and models answer, in either era. */
const noSecrets = `package sallyport.rules.site.answers

import data.sallyport.reason

# METADATA
# title: Answers to tool servers hold no secrets
# custom:
#   code: ANSWER_SECRET
#   severity: high
#   controls: [ASI03]
_secret := reason.of(rego.metadata.chain())

deny contains _secret if {
	input.action.name == "response"
	startswith(input.context.arguments.result.content.name, "sk-")
}

deny contains _secret if {
	some response in input.context.input_responses
	startswith(response.content.name, "sk-")
}
`;

let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream();
  const route = (id: string) =>
    crmRoute(upstream.origin, { id, prefix: `/mcp/${id}`, server: id, credential: undefined });
  gateway = await startGateway({
    routes: [crmRoute(upstream.origin), route("quiet")],
    policy: async (copy) => {
      const ticket = { sensitivity: "low", reversible: true, sink: "internal", owner: "tests", labels: [] };
      await copy.addData("catalog", { quiet: { find_ticket: { ...ticket, returns: { own_text: true } } } });
      await copy.addData("entitlements", { support: { quiet: { tools: { find_ticket: true } } } });
      await copy.addData("server_requests", { quiet: {}, crm: { elicitation: true } });
      await copy.writeNew("sallyport/rules/site/answers/answers.rego", noSecrets);
    },
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
beforeEach(() => void upstream.requests.splice(0));

type Message = Readonly<Record<string, unknown>>;
interface Sent {
  readonly status: number;
  readonly text: string;
}

const modern = (capabilities: object) => ({
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  },
});
const modernHeaders = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "find_ticket" };
const findTicket = (more: object = {}): Message => ({
  ...{ jsonrpc: "2.0", id: 8, method: "tools/call" },
  params: { name: "find_ticket", arguments: { query: "x" }, ...more },
});

async function send(
  message: Message | string | null,
  { route = "crm", sub = "support-bot", headers = {} }: { route?: string; sub?: string; headers?: object } = {},
): Promise<Sent> {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  const response = await fetch(`${gateway.agents}/mcp/${route}`, {
    method: message === null ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${gateway.token({ sub, role: "support" }, `/mcp/${route}`)}`,
      accept: "application/json, text/event-stream",
      ...(message === null ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(message === null ? {} : { body }),
  });
  return { status: response.status, text: await response.text().catch((error: unknown) => `cut: ${String(error)}`) };
}

const session = (id: string) => ({ headers: { "mcp-session-id": id } });
const event = (message: object | string) =>
  `data: ${typeof message === "string" ? message : JSON.stringify(message)}\n\n`;
const found = { content: [{ type: "text", text: "found" }] };
const answered = event({ jsonrpc: "2.0", id: 8, result: found });
const form = { message: "who?", requestedSchema: { type: "object", properties: { name: { type: "string" } } } };
const elicits = (id: unknown, params: object = form) => ({ jsonrpc: "2.0", id, method: "elicitation/create", params });

/** Calls are answered with these events, anything else is accepted. */
const plays = (...events: string[]) =>
  upstream.answerWith((req, res: ServerResponse, { body }) => {
    if (req.method === "POST" && !body.includes("tools/call")) return void res.writeHead(202).end();
    res.writeHead(200, { "content-type": "text/event-stream" });
    for (const one of events) res.write(one);
    res.end();
  });

const says = (result: object) =>
  upstream.answerWith((_req, res: ServerResponse) => {
    res.writeHead(200, { "content-type": "application/json" });
    res.end(JSON.stringify({ jsonrpc: "2.0", id: 8, result }));
  });

/** The answers that the tool server got. */
const toldServer = () =>
  upstream.requests
    .filter(({ method }) => method === "POST")
    .map(({ body, headers }) => ({ message: JSON.parse(body.toString()) as Message, headers: new Map(headers) }))
    .filter(({ message }) => !("method" in message));

const toldAbout = (id: unknown) =>
  eventually("the error", async () => toldServer().find(({ message }) => message["id"] === id) ?? null);

const answer = (id: unknown, result: object = { action: "decline" }) => ({ jsonrpc: "2.0", id, result });

describe("an answer to a request of a tool server", () => {
  test("passes once, to whoever was asked, by value and type of its id", async () => {
    plays(event(elicits(5)), answered);
    expect((await send(findTicket(), session("s-1"))).text).toContain("elicitation/create");
    for (const [id, more] of [
      ["5", session("s-1")],
      [6, session("s-1")],
      [5, {}],
      [5, session("s-2")],
      [5, { route: "quiet", headers: { "mcp-session-id": "s-3" } }],
    ] as const) {
      const refused = await send(answer(id), more);
      expect([id, refused.status, refused.text]).toEqual([id, 400, expect.stringContaining("server_request_unknown")]);
    }
    expect((await send(answer(5), { ...session("s-1"), sub: "other-bot" })).text).toContain("mcp_session_unknown");
    expect(toldServer()).toEqual([]);
    expect((await send(answer(5), session("s-1"))).status).toBe(202);
    expect((await send(answer(5), session("s-1"))).text).toContain("server_request_unknown");
    expect(toldServer().map(({ message }) => message)).toEqual([answer(5)]);
  });

  test("is refused where another caller was asked under the same id", async () => {
    plays(event(elicits(7)), answered);
    await send(findTicket());
    expect((await send(answer(7), { sub: "other-bot" })).text).toContain("server_request_unknown");
    expect((await send(answer(7))).status).toBe(202);
  });

  test("that policy denies is an error for the server that waits for it, and is not given again", async () => {
    plays(event(elicits(15)), answered);
    await send(findTicket());
    const secret = { action: "accept", content: { name: "sk-1" } };
    const { status, text } = await send(answer(15, secret));
    expect([status, text]).toEqual([403, expect.stringContaining("ANSWER_SECRET")]);
    expect((await toldAbout(15)).message).toMatchObject({ error: { data: { code: "server_request_denied" } } });
    expect((await send(answer(15))).text).toContain("server_request_unknown");
    expect(JSON.stringify(toldServer())).not.toContain("sk-1");
  });

  test("is refused to what policy kept from the caller", async () => {
    plays(event(elicits(9)), answered);
    const { text } = await send(findTicket(), { route: "quiet" });
    expect([text, text.includes("who?")]).toEqual([expect.stringContaining("found"), false]);
    await toldAbout(9);
    expect((await send(answer(9), { route: "quiet" })).text).toContain("server_request_unknown");
  });
});

describe("a request of a tool server", () => {
  test("that is refused is answered in its session, under its id, with a code and without the words of a rule", async () => {
    plays(event(elicits("q-1")), answered);
    await send(findTicket(), { route: "quiet", ...session("s-9") });
    const { message, headers } = await toldAbout("q-1");
    expect(message).toMatchObject({
      ...{ jsonrpc: "2.0", id: "q-1" },
      error: { code: 403, data: { outcome: "deny", code: "server_request_denied" } },
    });
    expect([headers.get("mcp-session-id"), headers.get("content-type")]).toEqual(["s-9", "application/json"]);
  });

  test("on the stream of a session is judged too, and refused there", async () => {
    upstream.answerWith((req, res: ServerResponse) => {
      if (req.method === "POST") return void res.writeHead(202).end();
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.end(event(elicits(41)));
    });
    const { text } = await send(null, { route: "quiet", ...session("s-5") });
    expect(text).not.toContain("elicitation");
    const { message, headers } = await toldAbout(41);
    expect(message).toMatchObject({ error: { data: { code: "server_request_denied" } } });
    expect(headers.get("content-type")).toBe("application/json");
  });

  test("that is of no method of servers is refused", async () => {
    plays(event({ jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: "x" } }), answered);
    const { text } = await send(findTicket());
    expect([text, text.includes("tools/call")]).toEqual([expect.stringContaining("found"), false]);
    expect((await toldAbout(3)).message).toMatchObject({ error: { code: -32601 } });
  });

  test("for liveness passes, and its answer is told from those to other requests", async () => {
    plays(event({ jsonrpc: "2.0", id: 4, method: "ping" }), answered);
    expect((await send(findTicket(), { route: "quiet" })).text).toContain('"ping"');
    expect((await send(answer(4, {}), { route: "quiet" })).status).toBe(202);
    expect((await send(answer(4, {}), { route: "quiet" })).text).toContain("server_request_unknown");
  });

  test.each([
    [
      "says its params twice",
      '{"jsonrpc":"2.0","id":5,"method":"elicitation/create","params":{"message":"a","message":"b"}}',
    ],
    [
      "has an id that readers round",
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"elicitation/create","params":{}}',
    ],
    ["has no object as params", '{"jsonrpc":"2.0","id":5,"method":"elicitation/create","params":["a"]}'],
  ])("that %s reaches nobody, and ends the answer with a code", async (_what, text) => {
    plays(event(text), answered);
    const got = await send(findTicket());
    expect(got.text).not.toContain("elicitation");
    expect(got.text).toMatch(/upstream_answer_refused|result_unreadable/);
  });

  test("is split over the lines of an event as clients join them, and judged whole", async () => {
    plays(
      'data: {"jsonrpc":"2.0","id":5,"method":\ndata: "elicitation/create","params":{"message":"hid"}}\n\n',
      answered,
    );
    expect((await send(findTicket(), { route: "quiet" })).text).not.toContain("hid");
    await toldAbout(5);
  });
});

describe("a result that asks for input (MCP 2026-07-28)", () => {
  const asks = (...methods: string[]) => ({
    ...{ resultType: "input_required", requestState: "opaque" },
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
      ...{ resultType: "complete", isError: true },
      _meta: { "dev.sallyport/decision": { code: "server_request_denied", reasons: ["NO_RULE_PERMITS"] } },
    });
    expect(text).not.toContain("who?");
    const methods = ["elicitation/create", "sampling/createMessage"];
    const outcomes = await eventually("the records", async () => {
      const all = (await readLog(gateway.logDir)).lines as unknown as readonly Message[];
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
});

describe("the state of a call that goes on in rounds (MCP 2026-07-28)", () => {
  const capabilities = { elicitation: {} };
  const round = (more: object, sub = "support-bot", args: object = { query: "x" }) =>
    send(findTicket({ ...modern(capabilities), ...more, arguments: args }), { sub, headers: modernHeaders });
  const inputResponses = { k: { action: "accept", content: {} } };
  const asking = (requestState: string) => ({
    ...{ resultType: "input_required", requestState },
    inputRequests: { k: { method: "elicitation/create", params: form } },
  });

  /** What the caller is given in the place of the tool server's state. */
  async function given(): Promise<string> {
    says(asking("theirs"));
    const { text } = await round({});
    says({ resultType: "complete", ...found });
    upstream.requests.splice(0);
    return (JSON.parse(text) as { result: { requestState: string } }).result.requestState;
  }

  test("comes back to the tool server as it was, from the same caller with the same call", async () => {
    const requestState = await given();
    expect(requestState).not.toContain("theirs");
    expect((await round({ requestState, inputResponses })).text).toContain("found");
    const [sent] = upstream.requests;
    expect(JSON.parse(sent?.body.toString() ?? "")).toMatchObject({
      params: { name: "find_ticket", requestState: "theirs", inputResponses },
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
    expect(upstream.requests).toEqual([]);
  });

  test("comes with answers that policy sees", async () => {
    const requestState = await given();
    const responses = { k: { action: "accept", content: { name: "sk-1" } } };
    expect((await round({ requestState, inputResponses: responses })).text).toContain("ANSWER_SECRET");
    expect((await round({ inputResponses: responses })).text).toContain("ANSWER_SECRET");
    expect(upstream.requests).toEqual([]);
  });

  test("that is sent again is a call like any other: judged again, with a record of its own", async () => {
    const requestState = await given();
    const before = (await readLog(gateway.logDir)).lines.length;
    for (let time = 0; time < 2; time += 1) await round({ requestState, inputResponses });
    const calls = await eventually("the records", async () => {
      const { lines } = await readLog(gateway.logDir);
      const ended = lines.slice(before).filter(({ kind, outcome }) => kind === "outcome" && outcome === "forwarded");
      return ended.length === 2 ? ended : null;
    });
    expect(new Set(calls.map(({ decision_id: id }) => id)).size).toBe(2);
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
