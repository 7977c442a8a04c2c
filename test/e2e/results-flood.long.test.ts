/**
 * Answers of 100 MB in one line, through routes whose answers policy reads and with the limits as shipped: each ends with a code and a
 * record that says what is known of the call, nothing of it reaches the caller, and memory stays far below what was sent.
 */
import { readFile, writeFile } from "node:fs/promises";
import {
  events,
  expectKept,
  head,
  hostileWorld,
  json,
  type Play,
  type Said,
  secret,
} from "../support/hostile-upstream.ts";

const flood = 100_000_000;
/** Of memory, for what is held back, the strings that are made of it, and what the collector has not taken yet. */
const mostBytes = flood * 0.6;

let world: Awaited<ReturnType<typeof hostileWorld>>;
beforeAll(async () => {
  world = await hostileWorld({});
});
afterAll(() => world?.close());

const file = (name: string): string => `/proc/${world.gateway.pid()}/${name}`;

/** Peak of the gateway's resident memory since the last look, in bytes. Linux alone can say it. */
async function peak(): Promise<number> {
  const status = await readFile(file("status"), "utf8");
  // 5: the peak begins anew (proc_pid_clear_refs(5)).
  await writeFile(file("clear_refs"), "5");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1_024;
}

/** Writes the head, and then one line of 100 MB as fast as it is taken. */
function inOneLine(answer: string, begin: string, sent: { bytes: number }): Play {
  const piece = Buffer.alloc(65_536, "x");
  return (socket) => {
    socket.write(answer);
    socket.write(`${begin}${secret} `);
    const more = (): void => {
      while (!socket.destroyed && sent.bytes < flood) {
        sent.bytes += piece.length;
        if (!socket.write(piece)) return void socket.once("drain", more);
      }
      socket.end();
    };
    more();
  };
}

const closing = "Connection: close";
const sized = `Content-Length: ${flood * 2}`;

type Ask = (play: Play) => Promise<Said>;
const http: Ask = (play) => world.get(play);
const mcp: Ask = (play) => world.call(play);

(process.platform === "linux" ? describe : describe.skip)("an answer of 100 MB in one line", () => {
  it.each<[string, Ask, string, string]>([
    ["HTTP, a text of JSON", http, head(json, closing), '{"a":"'],
    ["HTTP, plain text", http, head("Content-Type: text/plain", closing), ""],
    ["HTTP, an event", http, head(events, closing), "data: "],
    ["HTTP, an error", http, head(json, closing).replace("200 OK", "500 Error"), '{"a":"'],
    ["MCP, a message", mcp, head(json, closing), '{"jsonrpc":"2.0","id":8,"result":{"a":"'],
    ["MCP, an event", mcp, head(events, closing), 'data: {"jsonrpc":"2.0","id":8,"result":{"a":"'],
    ["MCP, a comment", mcp, head(events, closing), ": "],
    ["MCP, a line without a field", mcp, head(events, closing), "x"],
    ["MCP, an error", mcp, head(json, closing).replace("200 OK", "500 Error"), '{"a":"'],
  ])("is cut off: %s", async (_, ask, answer, begin) => {
    const { said, grown, sent } = await flooded(ask, answer, begin);
    expect(said.outcome).toMatchObject({ outcome: "withheld", code: "result_too_large" });
    expect(said.outcome.upstream_status).toBe(answer.includes("500") ? 500 : 200);
    if (ask === http) expect(JSON.parse(said.body)).toMatchObject({ code: "result_too_large", executed: true });
    else expect(said.body).toContain("The call was carried out");
    expect(grown).toBeLessThan(mostBytes);
    expect(sent).toBeLessThan(flood);
  });

  it("is refused by its length alone where that is told, as one of which nobody knows whether it was carried out", async () => {
    const { said, grown, sent } = await flooded(http, head(json, sized), '{"a":"');
    expect(said.outcome).toMatchObject({ outcome: "unknown", code: "upstream_too_large", upstream_status: 200 });
    expect(JSON.parse(said.body)).toMatchObject({ code: "upstream_too_large" });
    expect(grown).toBeLessThan(mostBytes);
    expect(sent).toBeLessThan(flood);
  });
});

async function flooded(ask: Ask, answer: string, begin: string) {
  const sent = { bytes: 0 };
  const before = await peak();
  const said = await ask(inOneLine(answer, begin, sent));
  const grown = (await peak()) - before;
  expectKept(said);
  return { said, grown, sent: sent.bytes };
}
