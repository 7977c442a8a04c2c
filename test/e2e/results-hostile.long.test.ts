/** HTTP answers of a hostile tool server: each ends within bounds, with a code, a record that says what is known, and nothing that policy could not read. */
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import {
  chunk,
  chunked,
  events,
  expectKept,
  head,
  hostileWorld,
  json,
  last,
  leaks,
  type Play,
  secret,
  sized,
  writes,
} from "../support/hostile-upstream.ts";

let world: Awaited<ReturnType<typeof hostileWorld>>;
beforeAll(async () => {
  world = await hostileWorld();
});
afterAll(() => world?.close());

describe("an HTTP answer that policy has to read", () => {
  const leak = JSON.stringify({ to: secret });
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, "a"));

  it.each<[string, (string | Buffer)[]]>([
    ["a gzip bomb", sized(bomb, json, "Content-Encoding: gzip")],
    ["a coding in other letters", sized(gzipSync(leak), json, "Content-Encoding: GZIP")],
    ["a coding that is said twice", sized(leak, json, "Content-Encoding: identity", "Content-Encoding: gzip")],
    ["two codings", sized(leak, json, "Content-Encoding: gzip, identity")],
    ["a coding of the transfer", [head(json, "Transfer-Encoding: gzip, chunked"), ...chunked(gzipSync(leak))]],
    ["a chunk that is shorter than it says", [head(json, "Transfer-Encoding: chunked"), `ff\r\n${leak}\r\n`, last]],
    ["a chunk of no length", [head(json, "Transfer-Encoding: chunked"), `zz\r\n${leak}\r\n`, last]],
    ["a length beside chunks", [head(json, "Transfer-Encoding: chunked", "Content-Length: 3"), ...chunked(leak)]],
    ["two lengths", [head(json, "Content-Length: 3", `Content-Length: ${leak.length}`), leak]],
    ["more than its length", [head(json, "Content-Length: 400"), leak]],
    ["UTF-16 behind a mark", sized(Buffer.from(`\ufeff${leak}`, "utf16le"), json)],
    ["UTF-16 without a mark", sized(Buffer.from(leak, "utf16le"), "Content-Type: text/plain")],
    [
      "XML that says it is UTF-7",
      sized('<?xml version="1.0" encoding="utf-7"?><a>eve+AEA-evil.example</a>', "Content-Type: application/xml"),
    ],
    ["two types", sized(leak, json, "Content-Type: image/png")],
    ["an unknown type", sized(leak, "Content-Type: application/x-anything")],
    ["surrogates that stand alone, in a key twice", sized('{"\\ud800":1,"\\ud800":2}', json)],
    ["a number without end", sized(`[${"1".repeat(70_000)}]`, json)],
  ])("is withheld: %s", async (_what, parts) => {
    expectKept(await world.get(writes(...parts)));
  });

  it.each<[string, (string | Buffer)[]]>([
    ["escapes of JSON", sized('{"to":"eve\\u0040evil.example"}', json)],
    ["escapes of JSON in a text of JSON", sized(JSON.stringify({ text: '{"to":"eve\\u0040evil.example"}' }), json)],
    ["escapes of HTML", sized("<p>eve&#64;evil.example</p>", "Content-Type: text/html")],
    ["a link", sized(JSON.stringify({ href: "mailto:eve%40evil.example" }), json)],
    ["an event of lines that end with CR alone", sized(`data: ${secret}\r\r`, events)],
    [
      "trailers",
      [head(json, "Transfer-Encoding: chunked", "Trailer: X-To"), chunk("{}"), `0\r\nX-To: ${secret}\r\n\r\n`],
    ],
    [
      "informational answers first",
      ["HTTP/1.1 103 Early Hints\r\nLink: <mailto:eve@evil.example>\r\n\r\n".repeat(50), ...sized(leak, json)],
    ],
    ["an address in the charset's quotes", sized(leak, 'Content-Type: application/json; charset="UTF-8"')],
  ])("loses what rules remove, however it is written: %s", async (_what, parts) => {
    const { status, body, headers, outcome } = await world.get(writes(...parts));
    expect(status).toBe(200);
    expect(`${body} ${JSON.stringify([...headers])}`).not.toMatch(leaks);
    expect(outcome.outcome).toBe("forwarded");
  });

  it("is cut off when it never ends: by its size, or when nothing more of it comes", async () => {
    const endless = await world.get((socket) => {
      socket.write(head(json, "Transfer-Encoding: chunked"));
      const piece = chunk("x".repeat(16_384));
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
        if (!socket.destroyed) socket.once("drain", more);
      };
      more();
    });
    expectKept(endless);
    expect(endless.outcome).toMatchObject({ outcome: "withheld", code: "result_too_large" });
    const open = await world.get(writes(head(json, "Transfer-Encoding: chunked"), chunk(`{"to":"${secret}"`)));
    expectKept(open);
    expect(open.outcome).toMatchObject({ outcome: "unknown", code: "upstream_timeout" });
    const half = await world.get((socket) => socket.end(`${head(json, "Content-Length: 90")}{"to":"${secret}"`));
    expectKept(half);
    expect(half.outcome).toMatchObject({ outcome: "unknown", code: "upstream_broken" });
  });
});

test("memory stays bounded however much a tool server sends at once", async () => {
  const resident = async () =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${world.gateway.pid()}/status`, "utf8"))?.[1]) / 1_024;
  const flood: Play = (socket) => {
    socket.write(head(json, "Transfer-Encoding: chunked"));
    const piece = chunk("x".repeat(65_536));
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
      if (!socket.destroyed) socket.once("drain", more);
    };
    more();
  };
  await world.get(flood);
  const before = await resident();
  const all = await Promise.all(
    Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? world.get(flood) : world.call(flood))),
  );
  for (const one of all) expectKept(one);
  // 40 answers of at most 1 MiB each, and what the collector has not taken yet.
  expect((await resident()) - before).toBeLessThan(300);
});
