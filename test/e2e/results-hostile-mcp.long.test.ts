/** Messages of a hostile MCP server: each ends within bounds, with a code, a record that says what is known, and nothing that policy could not read. */
import { gzipSync } from "node:zlib";
import { eventually } from "../support/eventually.ts";
import {
  chunk,
  chunked,
  codes,
  events,
  expectKept,
  head,
  hostileWorld,
  json,
  last,
  leaks,
  secret,
  sized,
  writes,
} from "../support/hostile-upstream.ts";
import { loggedOutcome } from "../support/result-rules.ts";

const result = (value: object, id: unknown = 8) => JSON.stringify({ jsonrpc: "2.0", id, result: value });
const text = (said: string) => ({ content: [{ type: "text", text: said }] });
const event = (data: string) => `data: ${data}\n\n`;

let world: Awaited<ReturnType<typeof hostileWorld>>;
beforeAll(async () => {
  world = await hostileWorld();
});
afterAll(() => world?.close());

describe("an MCP answer that policy has to read", () => {
  const leak = result(text(`to ${secret}`));
  const stream = (...frames: (string | Buffer)[]) => [
    head(events, "Transfer-Encoding: chunked"),
    ...chunked(...frames),
  ];
  /** In the middle of a character. */
  const split = (whole: string, character: string) => {
    const bytes = Buffer.from(whole);
    const at = bytes.indexOf(character) + 1;
    return stream(bytes.subarray(0, at), bytes.subarray(at));
  };

  it.each<[string, (string | Buffer)[]]>([
    ["a gzip bomb", sized(gzipSync(Buffer.alloc(64 * 1024 * 1024, "a")), json, "Content-Encoding: gzip")],
    ["an id of another type", sized(result(text(secret), "8"), json)],
    ["an id of another request", sized(result(text(secret), 9), json)],
    ["no id", sized(JSON.stringify({ jsonrpc: "2.0", result: text(secret) }), json)],
    ["an id that only rounds to the request's", sized(leak.replace('"id":8', '"id":8.0000000000000001'), json)],
    ["a result beside an error", sized(leak.replace('"id":8', '"id":8,"error":{"code":1,"message":"x"}'), json)],
    [
      "a depth of thousands",
      sized(
        result({ content: [], structuredContent: {} }).replace(
          '"structuredContent":{}',
          `"structuredContent":${"[".repeat(5_000)}${"]".repeat(5_000)}`,
        ),
        json,
      ),
    ],
    ["a key twice, far down", sized(leak.replace('"type":"text"', '"_meta":{"a":{"b":1,"b":2}},"type":"text"'), json)],
    [
      "invalid UTF-8",
      sized(
        Buffer.concat([Buffer.from(leak.slice(0, 60)), Buffer.from([0xc3, 0x28]), Buffer.from(leak.slice(60))]),
        json,
      ),
    ],
    ["an event in UTF-16", stream(Buffer.from(event(leak), "utf16le"))],
    [
      "an event without end",
      [
        head(events, "Transfer-Encoding: chunked"),
        ...Array.from({ length: 80 }, () => chunk(`data: ${"x".repeat(16_000)}`)),
        last,
      ],
    ],
    [
      "an event of a million empty lines of data",
      stream(...Array.from({ length: 70 }, () => "data:\n".repeat(20_000)), `data: ${leak}\n\n`),
    ],
    [
      "a request of the tool server in the place of an answer",
      sized(JSON.stringify({ jsonrpc: "2.0", id: 8, method: "sampling/createMessage", params: { to: secret } }), json),
    ],
  ])("is withheld: %s", async (_what, parts) => {
    expectKept(await world.call(writes(...parts)));
  });

  it.each<[string, (string | Buffer)[]]>([
    ["events whose lines end with CR alone", stream(event(leak).replaceAll("\n", "\r"))],
    ["a CR at the end of a chunk", stream(`data: ${leak}\r`, "\n\r", "\n")],
    ["a byte order mark", stream(`\ufeff${event(leak)}`)],
    ["a character in two chunks", split(event(leak.replace("to eve", "für eve")), "ü")],
    ["JSON in the text of a block", sized(result(text('{"to":"eve\\u0040evil.example"}')), json)],
    [
      "JSON in JSON in the text of a block",
      sized(result(text(JSON.stringify('{"to":"eve\\u0040evil.example"}'))), json),
    ],
    [
      "a resource in a resource",
      sized(
        result({
          content: [
            {
              type: "resource",
              resource: {
                uri: "a:b",
                text: "x",
                content: [{ type: "resource", resource: { uri: `mailto:${secret}` } }],
              },
            },
          ],
        }),
        json,
      ),
    ],
    ["an answer that is sent twice", stream(event(leak), event(leak))],
    [
      "a message before the answer",
      stream(
        event(
          JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: secret } }),
        ),
        event(leak),
      ),
    ],
    ["a comment, a name and an id", stream(`: ${"x"}\nevent: message\nid: 1\n`, event(leak))],
  ])("loses what rules remove, however it is written: %s", async (_what, parts) => {
    const { body, outcome } = await world.call(writes(...parts));
    expect(body).not.toMatch(leaks);
    expect(body).toMatch(/\[redacted\]|"code":"(?:result|upstream)_/);
    expect(["forwarded", "withheld"]).toContain(outcome.outcome);
  });

  it("of a hundred thousand tools those that are too many are withheld, and the gateway answers others meanwhile", async () => {
    const tools = Array.from({ length: 100_000 }, (_, at) => ({ name: `t${at}`, inputSchema: {} }));
    const body = result({ tools });
    const listing = world.call(writes(...sized(body, json)), { method: "tools/list", params: {} });
    const alive = await fetch(`${world.gateway.agents}/livez`);
    expect(alive.status).toBe(200);
    const { outcome, body: shown } = await listing;
    expect(shown).toMatch(codes);
    expect(outcome.code).toMatch(/^(?:result|upstream)_too_large$/);
  });

  it("a stream that stays half open ends when its caller leaves, and says that how the call ended is not known", async () => {
    world.play(writes(head(events, "Transfer-Encoding: chunked"), chunk(": hello\n\n")));
    const token = world.gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
    const leaving = new AbortController();
    const response = await fetch(`${world.gateway.agents}/mcp/crm`, {
      method: "POST",
      signal: leaving.signal,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 8,
        method: "tools/call",
        params: { name: "find_ticket", arguments: {} },
      }),
    });
    leaving.abort();
    const decisionId = response.headers.get("sallyport-decision") ?? "";
    const outcome = await eventually(
      "the outcome",
      async () => (await loggedOutcome(world.gateway, decisionId)) ?? null,
    );
    expect(outcome).toMatchObject({ outcome: "abandoned", code: "client_gone" });
  });
});
