/** Messages of MCP as an attacker writes them, byte by byte: what has two readings goes nowhere, and what has one keeps its spelling. */
import { gzipSync } from "node:zlib";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

const versions = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

let upstream: RecordingUpstream;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({ routes: [crmRoute(upstream.origin)] });
  token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
afterEach(() => void upstream.requests.splice(0));

async function send(body: string | Buffer, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${gateway.agents}/mcp/crm`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...headers,
    },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

const call = (id = "1") =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"find_ticket","arguments":{"query":"parcel"}}}`;

test.each(versions)("a batch at %s is refused whole", async (version) => {
  const { status, text } = await send(`[${call()}]`, { "mcp-protocol-version": version });
  expect([status, (JSON.parse(text) as { error: { code: number } }).error.code]).toEqual([400, -32600]);
  expect(upstream.requests).toHaveLength(0);
});

test.each([
  ["two methods", call().replace('"method":', '"method":"ping","method":')],
  ["two names", call().replace('"name":', '"name":"run_report","name":')],
  ["two arguments", call().replace('"arguments":', '"arguments":{},"arguments":')],
  ["two ids", call().replace('"id":', '"id":2,"id":')],
  ["a method escaped beside a plain one", call().replace('"method":', '"\\u006dethod":"ping","method":')],
  ["a method in capitals beside its own", call().replace('"method":', '"METHOD":"ping","method":')],
  ["a method in capitals alone", call().replace('"method"', '"METHOD"')],
  ["params in other case beside its own", call().replace('"params":', '"Params":{"name":"run_report"},"params":')],
  ["params in other case alone", call().replace('"params"', '"Params"')],
  ["a byte order mark", `\ufeff${call()}`],
  ["a lone surrogate", call().replace("parcel", "\\ud800")],
  ["a number that no double holds, as its id", call("9007199254740993")],
  ["a list as its id", call("[1]")],
  ["more behind its end", `${call()}${call("2")}`],
])("a message with %s goes nowhere", async (_what, body) => {
  expect((await send(body)).status).toBe(400);
  expect(upstream.requests).toHaveLength(0);
});

test.each([
  ["text", call(), { "content-type": "text/plain" }],
  ["JSON of another charset", Buffer.from(call(), "utf16le"), { "content-type": "application/json; charset=utf-16le" }],
  ["a form", call(), { "content-type": "application/x-www-form-urlencoded" }],
  ["something compressed", gzipSync(call()), { "content-encoding": "gzip" }],
  ["two types", call(), { "content-type": "application/json, text/plain" }],
])("a message that is said to be %s goes nowhere", async (_what, body, headers) => {
  expect((await send(body, headers)).status).toBe(415);
  expect(upstream.requests).toHaveLength(0);
});

const answering = (id: string) =>
  `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"of ${id.replaceAll('"', "")}"}]}}`;

test.each(["0", "-1", '""', '"1"', "9007199254740991"])(
  "the id %s reaches the tool server and comes back as it is",
  async (id) => {
    upstream.answerWith((_req, res) => res.setHeader("content-type", "application/json").end(answering(id)));
    expect((await send(call(id))).text).toBe(answering(id));
    expect(upstream.requests.map(({ body }) => body.toString())).toEqual([call(id)]);
  },
);

test("two calls with one id at once get each its own answer", async () => {
  let first: (() => void) | null = null;
  upstream.answerWith((_req, res, { body }) => {
    const { query } = (JSON.parse(body.toString()) as { params: { arguments: { query: string } } }).params.arguments;
    const answer = () =>
      res.setHeader("content-type", "application/json").end(answering('"same"').replace("of same", query));
    // The first is answered behind the second.
    if (first === null) first = answer;
    else {
      answer();
      first();
    }
  });
  const asking = (query: string) => send(call('"same"').replace("parcel", query));
  const [one, other] = await Promise.all([asking("first"), asking("second")]);
  expect([one.text, other.text].map((text) => /"text":"(\w+)"/.exec(text)?.[1])).toEqual(["first", "second"]);
});

test("an event of a mebibyte that arrives in pieces, cut within letters, is one event", async () => {
  const message = answering("1").replace("of 1", "\u00e4\ud83d\ude00".repeat(180_000));
  const event = Buffer.from(`id: 1\nevent: message\ndata: ${message}\n\n`);
  expect(event.length).toBeGreaterThan(1024 * 1024);
  upstream.answerWith((_req, res) => {
    res.setHeader("content-type", "text/event-stream");
    // Each write is its own chunk; 4,099 is no multiple of a letter.
    for (let at = 0; at < event.length; at += 4_099) res.write(event.subarray(at, at + 4_099));
    res.end();
  });
  const { text } = await send(call());
  expect(text.split("\n").filter((line) => line.startsWith("data: "))).toEqual([`data: ${message}`]);
});
