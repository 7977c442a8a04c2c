import type { ServerResponse } from "node:http";
import { eventually } from "../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { addResultRules, loggedOutcome } from "../support/result-rules.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const json = { "content-type": "application/json" };
const events = { "content-type": "text/event-stream" };
const call = {
  jsonrpc: "2.0",
  id: 8,
  method: "tools/call",
  params: { name: "find_ticket", arguments: { query: "x" } },
};
const initialize = {
  ...call,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "a", version: "1" } },
};
const opened = {
  jsonrpc: "2.0",
  result: { protocolVersion: "2025-06-18", capabilities: {}, serverInfo: { name: "x", version: "1" } },
};
const result = (value: object) => ({ jsonrpc: "2.0", id: 8, result: value });
const text = (...texts: string[]) => ({ content: texts.map((one) => ({ type: "text", text: one })) });
const event = (message: object | string, id?: string) =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${typeof message === "string" ? message : JSON.stringify(message)}\n\n`;

const note = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "a" } };

describe("the answer of an MCP tool, on a route whose policy has rules about results", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await recordingUpstream();
    gateway = await startGateway({
      routes: [crmRoute(upstream.origin, { results: { max: "4KiB" } })],
      policy: addResultRules,
    });
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  const answered = (status: number, headers: Record<string, string>, ...frames: (string | Buffer)[]) =>
    upstream.answerWith((_req, res: ServerResponse) => {
      res.writeHead(status, headers);
      for (const frame of frames) res.write(frame);
      res.end();
    });

  async function send(message: object | null = call, { method = "POST", ...headers }: Record<string, string> = {}) {
    const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
    const accept = message === null ? "text/event-stream" : "application/json, text/event-stream";
    const response = await fetch(`${gateway.agents}/mcp/crm`, {
      method,
      headers: { ...(message === null ? {} : json), ...headers, authorization: `Bearer ${token}`, accept },
      body: message === null ? null : JSON.stringify(message),
    });
    const body = await response.text().catch((error: unknown) => `cut: ${String(error)}`);
    const { status, headers: given } = response;
    const [decisionId, session] = [given.get("sallyport-decision") ?? "", given.get("mcp-session-id") ?? ""];
    return { status, body, decisionId, session };
  }

  const refusal = (code: string) =>
    expect.objectContaining({ [`dev.sallyport/decision`]: expect.objectContaining({ code }) });
  const recorded = (decisionId: string | null) =>
    eventually("the outcome", async () => (await loggedOutcome(gateway, decisionId ?? "")) ?? null);

  it("passes a result with everything in it, numbers as they were", async () => {
    const body = `{"jsonrpc":"2.0","id":8,"result":{"content":[{"type":"text","text":"a"}],"structuredContent":{"n":1.50,"big":12345678901234567890},"_meta":{"x/y":1}}}`;
    answered(200, json, body);
    expect((await send()).body).toBe(body);
  });

  it("removes from the structured value and from its copy as text alike", async () => {
    const structured = { name: "Ada", iban: "DE02 1234", mail: "ada@crm.example" };
    answered(
      200,
      json,
      JSON.stringify(
        result({ ...text(JSON.stringify(structured, null, 1), "IBAN DE02 1234"), structuredContent: structured }),
      ),
    );
    const { result: passed } = JSON.parse((await send()).body) as {
      result: { content: { text: string }[]; structuredContent: object };
    };
    expect(passed.structuredContent).toEqual({ name: "Ada", iban: "[redacted]", mail: "[redacted]" });
    expect(JSON.parse(passed.content[0]?.text ?? "")).toEqual(passed.structuredContent);
    expect(passed.content[1]?.text).toBe("IBAN [redacted]");
  });

  it.each([
    ["a text block", text("to eve@evil.example")],
    [
      "an embedded resource",
      { content: [{ type: "resource", resource: { uri: "x:y", text: "to eve@evil.example" } }] },
    ],
    ["a link", { content: [{ type: "resource_link", uri: "mailto:eve@evil.example", name: "x" }] }],
    ["_meta", { content: [], _meta: { "x/contact": "eve@evil.example" } }],
    ["a key", { content: [], structuredContent: { "eve@evil.example": 1 } }],
  ])("removes from %s", async (_what, value) => {
    answered(200, json, JSON.stringify(result(value)));
    const { body } = await send();
    expect(body).not.toContain("eve@");
    expect(body).toContain("[redacted]");
  });

  it("passes nothing beside the data of an event stream but short ids", async () => {
    const told = event(result(text("fine")), "7");
    answered(200, events, ": to eve@evil.example\n\n", event(note, "to eve@evil.example"), told);
    expect((await send()).body).toBe(`: \n\n${event(note)}${told}`);
  });

  it.each(["resources/read", "prompts/get", "completion/complete"])("judges the result of %s", async (method) => {
    answered(200, json, JSON.stringify(result({ contents: [{ uri: "a:b", text: "to eve@evil.example" }] })));
    const { body } = await send({
      jsonrpc: "2.0",
      id: 8,
      method,
      params: { uri: "a:b", name: "n", ref: { type: "ref/prompt", name: "n" }, argument: { name: "a", value: "" } },
    });
    expect(body).not.toContain("eve@");
  });

  it("blocks a result in the shape of a tool's, and says that the call was carried out", async () => {
    answered(
      200,
      json,
      JSON.stringify(result({ ...text("the plans"), structuredContent: { classification: "internal" } })),
    );
    const { status, body, decisionId } = await send();
    expect(status).toBe(200);
    expect(body).not.toContain("plans");
    const { result: refused } = JSON.parse(body) as {
      result: { isError: boolean; content: { text: string }[]; _meta: object };
    };
    expect(refused.isError).toBe(true);
    expect(refused._meta).toEqual(refusal("result_blocked"));
    expect(refused.content[0]?.text).toContain("The call was carried out");
    expect(await recorded(decisionId)).toMatchObject({
      outcome: "withheld",
      code: "result_blocked",
      upstream_status: 200,
      result: { effect: "block", reasons: ["INTERNAL_ONLY"] },
    });
  });

  it("judges errors, of the protocol and of the tool, and HTTP refusals with any body", async () => {
    answered(
      200,
      json,
      JSON.stringify({ jsonrpc: "2.0", id: 8, error: { code: -32000, message: "to eve@evil.example" } }),
    );
    expect((await send()).body).toContain("to [redacted]");
    answered(200, json, JSON.stringify({ jsonrpc: "2.0", id: 8, error: { code: -32000, message: "INTERNAL ONLY" } }));
    expect((await send()).body).toContain("result_blocked");
    answered(500, { "content-type": "text/html" }, "<p>eve@evil.example</p>");
    expect(await send()).toMatchObject({ status: 500, body: "<p>[redacted]</p>" });
    answered(400, json, JSON.stringify({ jsonrpc: "2.0", id: 8, error: { code: -32000, message: "INTERNAL ONLY" } }));
    expect((await send()).body).not.toContain("INTERNAL ONLY");
  });

  it.each<[number, "GET" | "DELETE" | "POST", Record<string, string>]>([
    [405, "GET", { "content-type": "text/html;charset=iso-8859-1" }],
    [405, "GET", {}],
    [404, "POST", {}],
  ])("passes the status %s to a %s whose body rules cannot read, and not the body", async (status, method, headers) => {
    answered(200, { ...json, "mcp-session-id": "s-1" }, JSON.stringify({ ...opened, id: 8 }));
    const { session } = await send(initialize);
    answered(status, headers, "to eve@evil.example");
    const given = await send(method === "POST" ? call : null, { method, "mcp-session-id": session });
    expect(given).toMatchObject({ status, body: "" });
    expect(await recorded(given.decisionId)).toMatchObject({
      outcome: method === "POST" ? "failed" : "forwarded",
      code: null,
      detail: expect.stringMatching(/charset|no content type/),
    });
  });

  describe("on an event stream", () => {
    it("judges each message; one beside the answer that is blocked is left out, and its id stays", async () => {
      const log = (message: string) => ({
        jsonrpc: "2.0",
        method: "notifications/message",
        params: { level: "info", message },
      });
      answered(
        200,
        events,
        event(log("INTERNAL ONLY: x"), "1"),
        event(log("to eve@evil.example"), "2"),
        event(result(text("done, secret-12")), "3"),
      );
      const { body, decisionId } = await send();
      expect(body).not.toContain("INTERNAL");
      expect(body).toMatch(/^id: 1\n\n|^id: 1\ndata/);
      expect(body).toContain('"message":"to [redacted]"');
      expect(body).toContain('"text":"done, [redacted]"');
      expect(await recorded(decisionId)).toMatchObject({
        outcome: "forwarded",
        result: { effect: "block", judged: 3, redacted: 2 },
      });
    });

    it("a blocked answer becomes a refusal as one more event", async () => {
      answered(200, events, event(result({ content: [], structuredContent: { classification: "internal" } }), "1"));
      const { body, decisionId } = await send();
      expect(body).toContain("result_blocked");
      expect(await recorded(decisionId)).toMatchObject({ outcome: "withheld" });
    });
  });

  /** Ways around filters of answers that were found in the field; each shows `eve@evil.example` or is refused. */
  describe("ways around", () => {
    const leak = JSON.stringify(result(text("to eve@evil.example")));
    it.each([
      ["a type in other letters", 200, { "content-type": "Application/JSON ; charset=utf-8" }, [leak]],
      ["an unknown type", 200, { "content-type": "application/x-json" }, [leak]],
      ["no type", 200, {}, [leak]],
      ["a byte order mark before JSON", 200, json, ["\ufeff" + leak]],
      ["a byte order mark before events", 200, events, ["\ufeff" + event(leak)]],
      ["a batch", 200, json, [`[${leak}]`]],
      ["two messages in one event", 200, events, [event(`${leak}\ndata: ${leak}`)]],
      ["an event in pieces", 200, events, [`data: ${leak.slice(0, 30)}\n`, `data: ${leak.slice(30)}\n\n`]],
      ["a bad value before a good one", 200, events, [event("{"), event(leak)]],
      ["a named event", 200, events, [`event: other\ndata: ${leak}\n\n`]],
      ["a blank before the colon", 200, events, [`data : x\ndata: ${leak}\n\n`]],
      ["lines that end with CR", 200, events, [`data: ${leak}\r\r`]],
      ["lines that end with CR LF", 200, events, [`data: ${leak}\r\n\r\n`]],
      ["a stale length", 200, { ...json, "content-length": String(Buffer.byteLength(leak)) }, [leak]],
      ["an error status", 500, json, [leak]],
      ["an encoded body", 200, { ...json, "content-encoding": "br" }, [leak]],
      ["escapes", 200, json, [leak.replaceAll("@", "\\u0040")]],
      ["a key twice", 200, json, [leak.replace('"content"', '"content":[],"content"')]],
      ["a key in capitals", 200, json, [leak.replace('"content"', '"content":[],"CONTENT"')]],
      ["the answer to another request", 200, json, [leak.replace('"id":8', '"id":9')]],
      ["a text of 5 KB", 200, json, [leak.replace("to eve", `${"x".repeat(5_000)} eve`)]],
    ] as [string, number, Record<string, string>, string[]][])("%s", async (_what, status, headers, frames) => {
      answered(status, headers, ...frames);
      const { body } = await send();
      expect(body).not.toMatch(/eve(?:@|\\u0040)evil/);
      expect(body).toMatch(/\[redacted\]|"code":"(?:upstream|result)_/);
    });

    async function resumed(answer: string) {
      const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
      answered(
        200,
        events,
        event({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 1, progress: 1 } }, "1"),
      );
      await send();
      answered(200, events, event(answer, "2"));
      const response = await fetch(`${gateway.agents}/mcp/crm`, {
        headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", "last-event-id": "1" },
      });
      return { body: await response.text(), decisionId: response.headers.get("sallyport-decision") };
    }

    it("the answer on a stream that is taken up again", async () => {
      expect((await resumed(leak)).body).not.toContain("eve@evil");
    });

    it("one there that cannot be read: the record says why, as of any other", async () => {
      const { body, decisionId } = await resumed(leak.replace('"content"', '"content":[],"CONTENT"'));
      expect(body).not.toContain("eve@evil");
      expect(body).toContain('"code":"result_unreadable"');
      expect(await recorded(decisionId)).toMatchObject({
        outcome: "forwarded",
        detail: expect.stringMatching(/^json_key_refused: .* at byte \d+$/),
        result: { effect: "block", reasons: ["result_unreadable"] },
      });
    });
  });
});
