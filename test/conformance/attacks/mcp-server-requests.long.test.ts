/**
 * Messages from tool servers to agents, and answers to them, that nobody asked for, that are somebody else's, or that two readers take
 * for two things (MCP 2025-11-25, "Sending Messages to the Server").
 */
import type { ServerResponse } from "node:http";
import { eventually } from "../../support/eventually.ts";
import { askingWorldOfFile, findTicket, form, found } from "./support/asking-world.ts";

const world = askingWorldOfFile();
const { send, plays, toldServer, toldAbout } = world;

const session = (id: string) => ({ headers: { "mcp-session-id": id } });
const event = (message: object | string) =>
  `data: ${typeof message === "string" ? message : JSON.stringify(message)}\n\n`;
const answered = event({ jsonrpc: "2.0", id: 8, result: found });
const elicits = (id: unknown) => ({ jsonrpc: "2.0", id, method: "elicitation/create", params: form });
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

  test("may be given again where the tool server could not be reached, and reaches it once", async () => {
    plays(event(elicits(16)), answered);
    await send(findTicket(), session("s-16"));
    await world.upstream.away(async () => {
      // A connection that was open before may take a request with it, of which nobody knows what became.
      await eventually("no connection is open", async () =>
        (await send(findTicket())).text.includes("upstream_unreachable") ? true : null,
      );
      expect((await send(answer(16), session("s-16"))).text).toContain("upstream_unreachable");
    });
    expect(toldServer()).toEqual([]);
    expect((await send(answer(16), session("s-16"))).status).toBe(202);
    expect((await send(answer(16), session("s-16"))).text).toContain("server_request_unknown");
    expect(toldServer().map(({ message }) => message)).toEqual([answer(16)]);
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
      jsonrpc: "2.0",
      id: "q-1",
      error: { code: 1_403, data: { outcome: "deny", code: "server_request_denied" } },
    });
    expect([headers.get("mcp-session-id"), headers.get("content-type")]).toEqual(["s-9", "application/json"]);
  });

  test("on the stream of a session is judged too, and refused there", async () => {
    world.upstream.answerWith((req, res: ServerResponse) => {
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
    [
      "spells a param as some clients read it",
      '{"jsonrpc":"2.0","id":5,"method":"elicitation/create","params":{"Mode":"url","Url":"https://evil.example/"}}',
    ],
    ["has a mode of no version", '{"jsonrpc":"2.0","id":5,"method":"elicitation/create","params":{"mode":"URL"}}'],
  ])("that %s reaches nobody, and ends the answer with a code", async (_what, text) => {
    plays(event(text), answered);
    const got = await send(findTicket());
    expect(got.text).not.toContain("elicitation");
    expect(got.text).toMatch(/upstream_answer_refused|result_unreadable/);
  });

  test("leads to a page of an allowed host alone, however the address is spelled", async () => {
    const page = async (url: string) => {
      const params = { mode: "url", message: "sign", elicitationId: "e", url };
      plays(event({ jsonrpc: "2.0", id: 5, method: "elicitation/create", params }), answered);
      return (await send(findTicket())).text.includes("elicitation/create");
    };
    for (const url of [
      "https://sign.example/x?to=https://a.example/",
      "https://sign.example:8443",
      "http://localhost/",
    ])
      expect([url, await page(url)]).toEqual([url, true]);
    for (const url of [
      "https://sign.example.evil.com/?x=https://sign.example/",
      "http://localhost.evil.com/#http://localhost/",
      "https://sign.example\t.evil.com/",
      "https://sign.example\n.evil.com/",
      "https://sign.example@evil.com/",
      "https://sign.example:443@evil.com/",
      "https://sign.example\\.evil.com/",
      "https://sign.example'.evil.com/",
      "https://evil.com/ https://sign.example/",
      "https:evil.com//https://sign.example/",
    ])
      expect([url, await page(url)]).toEqual([url, false]);
  });

  test("leads to such a page alone where an error sends people there", async () => {
    const sends = (url: string, status = 200) => {
      const elicitations = [{ mode: "url", message: "sign", elicitationId: "e", url }];
      const error = { code: -32042, message: "sign", data: { elicitations } };
      world.upstream.answerWith((_req, res: ServerResponse) => {
        res.writeHead(status, { "content-type": "application/json" });
        res.end(JSON.stringify({ jsonrpc: "2.0", id: 8, error }));
      });
    };
    sends("https://sign.example/x");
    expect((await send(findTicket())).text).toContain("https://sign.example/x");
    const quiet = (await send(findTicket(), { route: "quiet" })).text;
    expect([quiet, quiet.includes("sign.example")]).toEqual([expect.stringContaining("server_request_denied"), false]);
    sends("https://evil.example/x");
    const denied = (await send(findTicket())).text;
    expect([denied, denied.includes("evil")]).toEqual([expect.stringContaining("PAGE_NOT_ALLOWED"), false]);
    sends("https://sign.example/x", 400);
    const withheld = (await send(findTicket())).text;
    expect([withheld, withheld.includes("sign.example")]).toEqual([
      expect.stringContaining("upstream_answer_refused"),
      false,
    ]);
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
