/**
 * Ways of a tool server to show what its list must not: the list as an answer to another request, under another key, in
 * another shape. What a client matches by id, or reads by a key of other case, is what counts here.
 */
import type { ServerResponse } from "node:http";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({ routes: [crmRoute(upstream.origin)] });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

const tools = ["find_ticket", "run_report"].map((name) => ({ name, inputSchema: { type: "object" } }));
const listAnswer = (id: unknown) => ({ jsonrpc: "2.0", id, result: { tools } });
const found = { content: [{ type: "text", text: "found" }] };
const callAnswer = (id: unknown) => ({ jsonrpc: "2.0", id, result: found });
const call = {
  jsonrpc: "2.0",
  id: 8,
  method: "tools/call",
  params: { name: "find_ticket", arguments: { query: "x" } },
};
const list = { jsonrpc: "2.0", id: 7, method: "tools/list" };
const ping = { jsonrpc: "2.0", id: 9, method: "ping" };

const json = { "content-type": "application/json" };
const events = { "content-type": "text/event-stream" };
const event = (message: object | string, id = "1") =>
  `id: ${id}\nevent: message\ndata: ${typeof message === "string" ? message : JSON.stringify(message)}\n\n`;

const answer = (status: number, headers: Record<string, string>, ...frames: string[]) =>
  upstream.answerWith((_req, res: ServerResponse) => {
    res.writeHead(status, headers);
    for (const frame of frames) res.write(frame);
    res.end();
  });

async function send(message: object | null, headers: Record<string, string> = {}) {
  const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
  const response = await fetch(`${gateway.agents}/mcp/crm`, {
    method: message === null ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/json, text/event-stream",
      ...(message === null ? {} : { "content-type": "application/json" }),
      ...(await gateway.inSession(token, "/mcp/crm", headers)),
    },
    ...(message === null ? {} : { body: JSON.stringify(message) }),
  });
  return { status: response.status, text: await response.text().catch((error: unknown) => `cut: ${String(error)}`) };
}

const hidden = /run_report/;

describe("a list on the stream of another request", () => {
  test.each<readonly [string, object]>([
    ["a tool's call", call],
    ["a ping", ping],
  ])("is withheld as an answer to %s, as events and as JSON", async (_what, asked) => {
    answer(200, events, event(listAnswer(7)), event(callAnswer(8), "2"));
    const streamed = await send(asked);
    expect(streamed.text).not.toMatch(hidden);
    expect(streamed.text).toContain("upstream_answer_foreign");
    answer(200, json, JSON.stringify(listAnswer(7)));
    const plain = await send(asked);
    expect(plain.text).not.toMatch(hidden);
    expect(plain.text).toContain("upstream_answer_foreign");
  });

  test("is withheld when the id has the same text and another type", async () => {
    answer(200, json, JSON.stringify(listAnswer("8")));
    expect((await send(call)).text).toContain("upstream_answer_foreign");
  });

  test("is withheld when an answer says two ids, whichever a client reads", async () => {
    for (const two of [
      `{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"run_report"}]},"id":8}`,
      `{"jsonrpc":"2.0","id":8,"result":{"tools":[{"name":"run_report"}]},"\\u0069d":7}`,
      `{"jsonrpc":"2.0","id":8,"ID":7,"result":{"tools":[{"name":"run_report"}]}}`,
      `{"jsonrpc":"2.0","id":8,"result":{},"Result":{"tools":[{"name":"run_report"}]}}`,
      `[${JSON.stringify(callAnswer(8))},${JSON.stringify(listAnswer(7))}]`,
    ]) {
      answer(200, json, two);
      const plain = await send(call);
      expect([two, plain.text]).toEqual([two, expect.not.stringMatching(hidden)]);
      answer(200, events, event(two));
      const streamed = await send(call);
      expect([two, streamed.text]).toEqual([two, expect.not.stringMatching(hidden)]);
    }
  });

  test("is withheld from the answer to a notification and from a refusal's body", async () => {
    answer(200, json, JSON.stringify(listAnswer(7)));
    expect((await send({ jsonrpc: "2.0", method: "notifications/initialized" })).text).not.toMatch(hidden);
    answer(200, events, event(listAnswer(7)));
    expect((await send({ jsonrpc: "2.0", method: "notifications/initialized" })).text).not.toMatch(hidden);
    answer(400, json, JSON.stringify(listAnswer(7)));
    expect((await send(call)).text).not.toMatch(hidden);
  });

  test("is withheld from the server's own stream when nobody waits for an answer of that id there", async () => {
    answer(
      200,
      events,
      event(listAnswer(77)),
      event({ jsonrpc: "2.0", method: "notifications/tools/list_changed" }, "2"),
    );
    const { text } = await send(null);
    expect(text).not.toMatch(hidden);
    expect(text).toContain("upstream_answer_foreign");
    expect(text).toContain("list_changed");
  });
});

describe("what a stream carries for its own request", () => {
  test("passes an answer with its id, and what the server says and asks before it, byte for byte", async () => {
    const asks = `{"jsonrpc":"2.0","id":8,"method":"elicitation/create","params":{"message":"m","requestedSchema":{"type":"object","properties":{}},"n":12345678901234567890}}`;
    const says = `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}`;
    const own = `{"jsonrpc":"2.0","id":8,"result":{"content":[],"structuredContent":{"constructor":18446744073709551615}}}`;
    answer(200, events, event(says, "a"), event(asks, "b"), event(own, "c"));
    expect((await send(call)).text).toBe(event(says, "a") + event(asks, "b") + event(own, "c"));
    answer(200, json, own);
    expect((await send(call)).text).toBe(own);
  });

  test("leaves a refusal of the tool server as it is, so that clients find out the era", async () => {
    for (const body of [
      `{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request: no session"}}`,
      `{"jsonrpc":"2.0","id":9,"error":{"code":-32601,"message":"no"}}`,
      `{"error":"not here"}`,
    ]) {
      answer(404, json, body);
      expect(await send(ping)).toEqual({ status: 404, text: body });
    }
    answer(404, { "content-type": "text/html" }, "<pre>Cannot POST /mcp</pre>");
    expect(await send(ping)).toEqual({ status: 404, text: "<pre>Cannot POST /mcp</pre>" });
  });

  test("says so when the tool server ends without an answer", async () => {
    for (const asked of [call, list]) {
      answer(200, json);
      expect((await send(asked)).text).toContain("upstream_answer_missing");
      answer(200, events, ": nothing\n\n");
      expect((await send(asked)).text).toContain("upstream_answer_missing");
    }
  });
});

describe("a list of exactly its shape", () => {
  const withheld = [
    ["Tools beside tools", `{"jsonrpc":"2.0","id":7,"result":{"tools":[],"Tools":[{"name":"run_report"}]}}`],
    ["Tools alone", `{"jsonrpc":"2.0","id":7,"result":{"Tools":[{"name":"run_report"}]}}`],
    ["__proto__", `{"jsonrpc":"2.0","id":7,"result":{"tools":[],"__proto__":{"tools":[{"name":"run_report"}]}}}`],
    ["__proto__ alone", `{"jsonrpc":"2.0","id":7,"result":{"__proto__":{"tools":[{"name":"run_report"}]}}}`],
    [
      "__proto__ outside",
      `{"jsonrpc":"2.0","id":7,"result":{"tools":[]},"__proto__":{"result":{"tools":[{"name":"run_report"}]}}}`,
    ],
    ["a result that is an array", `{"jsonrpc":"2.0","id":7,"result":[{"tools":[{"name":"run_report"}]}]}`],
    ["tools that are an object", `{"jsonrpc":"2.0","id":7,"result":{"tools":{"0":{"name":"run_report"}}}}`],
    ["another's id", JSON.stringify(listAnswer(8))],
    ["no id", `{"jsonrpc":"2.0","result":{"tools":[{"name":"run_report"}]}}`],
    ["no jsonrpc", `{"id":7,"result":{"tools":[{"name":"run_report"}]}}`],
    [
      "a result beside an error",
      `{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"run_report"}]},"error":{"code":1,"message":"x"}}`,
    ],
    [
      "a description under a key of other case",
      `{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"find_ticket","Description":"run_report"}]}}`,
    ],
  ] as const;

  test.each(withheld)("withholds %s with a code that says so", async (_what, frame) => {
    answer(200, json, frame);
    const plain = await send(list);
    answer(200, events, event(frame));
    const streamed = await send(list);
    for (const { text } of [plain, streamed]) {
      expect(text).not.toMatch(hidden);
      expect(text).toMatch(/upstream_(list_malformed|answer_foreign|answer_refused)/);
    }
  });

  test("shows what the caller may see, without members that lists do not have", async () => {
    answer(
      200,
      json,
      `{"jsonrpc":"2.0","id":7,"result":{"tools":${JSON.stringify(tools)},"also":["run_report"],"nextCursor":null}}`,
    );
    expect(JSON.parse((await send(list)).text)).toEqual({ jsonrpc: "2.0", id: 7, result: { tools: [tools[0]] } });
  });

  test.each<readonly [string, (data: string) => string]>([
    ["CR", (data) => `data: ${data}\r\r`],
    ["CRLF", (data) => `data: ${data}\r\n\r\n`],
    ["LF", (data) => `data: ${data}\n\n`],
    ["the end of the answer", (data) => `data: ${data}`],
    ["CR after each field", (data) => `event: message\rid: 4\rdata: ${data}\r\r`],
  ])("is not lost when its event ends with %s", async (_what, frame) => {
    answer(200, events, frame(JSON.stringify(listAnswer(7))));
    const { text } = await send(list);
    expect(text).toContain("find_ticket");
    expect(text).not.toMatch(hidden);
  });

  test("is filtered when it is sent again on a stream that was taken up, and other answers pass there", async () => {
    const session = { "mcp-session-id": "sess-resumed" };
    answer(200, events, event("", "p1"));
    expect((await send(list, session)).text).not.toContain("upstream");
    expect((await send({ ...call, id: 10 }, session)).text).not.toContain("upstream");
    answer(200, events, event(listAnswer(7), "p2"), event(callAnswer(10), "p3"), event(listAnswer(11), "p4"));
    const { text } = await send(null, { ...session, "last-event-id": "p1" });
    expect(text).toContain("find_ticket");
    expect(text).toContain(event(callAnswer(10), "p3"));
    expect(text).not.toMatch(hidden);
  });

  test("is told as an error of its request when it is withheld on a stream that was taken up, and other answers pass", async () => {
    const session = { "mcp-session-id": "sess-withheld" };
    answer(200, events, event("", "p1"));
    expect((await send(list, session)).text).not.toContain("upstream");
    expect((await send({ ...call, id: 10 }, session)).text).not.toContain("upstream");
    const malformed = { jsonrpc: "2.0", id: 7, result: { tools: "all" } };
    answer(200, events, event(malformed, "p2"), event(callAnswer(10), "p3"));
    const { text } = await send(null, { ...session, "last-event-id": "p1" });
    expect(text).toMatch(
      /^id: p2\nevent: message\ndata: \{"jsonrpc":"2\.0","id":7,"error":.*"code":"upstream_list_malformed"/m,
    );
    expect(text).toContain(event(callAnswer(10), "p3"));
  });
});
