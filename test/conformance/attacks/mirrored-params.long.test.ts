/** Headers that repeat arguments (MCP 2026-07-28, `Mcp-Param-*`): whoever routes on one must see the call that was judged. */
import { type Answered, type Speaker, speaker, speakerAt } from "../../support/mcp-messages.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { crmRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let modern: Speaker;
let legacy: Speaker;

const inputSchema = {
  type: "object",
  properties: {
    query: { type: "string" },
    region: { type: "string", "x-mcp-header": "Region" },
    page: { type: "object", properties: { size: { type: "integer", "x-mcp-header": "Page-Size" } } },
  },
};

beforeAll(async () => {
  upstream = await recordingUpstream((_req, res, { body }) => {
    const { id, method } = JSON.parse(body.toString()) as { id: number; method: string };
    const tools = [
      { name: "find_ticket", inputSchema },
      { name: "run_report", inputSchema },
    ];
    const result = method === "tools/list" ? { tools } : { content: [{ type: "text", text: "found" }] };
    res.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
  gateway = await startGateway({ routes: [crmRoute(upstream.origin)] });
  modern = speakerAt(gateway, "2026-07-28");
  legacy = speakerAt(gateway, "2025-11-25");
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
afterEach(() => upstream.requests.splice(0));

const called = () => upstream.requests.filter(({ body }) => body.includes("tools/call")).length;
const call = (who: Speaker, args: object, headers: Record<string, string>, name = "find_ticket") =>
  who.ask("tools/call", { name, arguments: { query: "x", ...args } }, { headers });

function expectRefused({ status, error }: Answered, hint: string): void {
  expect(status).toBe(400);
  expect(error).toMatchObject({ code: -32020, message: expect.stringContaining(hint) });
  expect(called()).toBe(0);
}

test("a header is refused while no tools/list has shown which argument it repeats", async () => {
  expectRefused(await call(modern, { region: "eu" }, { "mcp-param-region": "eu" }), "has not seen this tool");
  await modern.ask("tools/list");
  expect((await call(modern, { region: "eu" }, { "mcp-param-region": "eu" })).status).toBe(200);
  expect(called()).toBe(1);
});

describe("once the tool was listed", () => {
  const base64 = (text: string) => `=?base64?${Buffer.from(text).toString("base64")}?=`;
  beforeAll(() => modern.ask("tools/list"));

  test.each([
    ["another value", { region: "eu" }, { "mcp-param-region": "us" }],
    ["another case of the value", { region: "eu" }, { "mcp-param-region": "EU" }],
    ["another value, encoded", { region: "eu" }, { "mcp-param-region": base64("us") }],
    ["an encoding that is none", { region: "eu" }, { "mcp-param-region": "=?base64?ZXU?=" }],
    ["a value where the argument is absent", {}, { "mcp-param-region": "us" }],
    ["a value where the argument is null", { region: null }, { "mcp-param-region": "null" }],
    ["the text of an argument that is no text", { region: ["eu"] }, { "mcp-param-region": '["eu"]' }],
    ["another number", { page: { size: 10 } }, { "mcp-param-page-size": "11" }],
    ["a number only near it", { page: { size: 9007199254740991 } }, { "mcp-param-page-size": "9007199254740991.4" }],
    ["an argument of no header", {}, { "mcp-param-query": "x" }],
    ["a name that every object has", {}, { "mcp-param-constructor": "x" }],
  ])("a header with %s is refused", async (_what, args, headers) => {
    for (const era of [modern, legacy]) {
      const answer = await call(era, args, headers);
      expectRefused(answer, Object.keys(headers)[0] ?? "");
    }
  });

  test("a missing header is refused where the era has it, so that nobody takes a default for it", async () => {
    expectRefused(await call(modern, { region: "eu" }, {}), "mcp-param-region is missing");
    expect((await call(legacy, { region: "eu" }, {})).status).toBe(200);
  });

  test.each([
    ["the same text", { region: "eu" }, { "mcp-param-region": "eu" }],
    ["the same text, encoded", { region: "Zürich" }, { "mcp-param-region": base64("Zürich") }],
    ["the same number", { page: { size: 42 } }, { "mcp-param-page-size": "42.0" }],
  ])("a header with %s travels on", async (_what, args, headers) => {
    expect((await call(modern, args, headers as unknown as Record<string, string>)).status).toBe(200);
    expect(upstream.requests[0]?.headers).toEqual(expect.arrayContaining(Object.entries(headers)));
  });

  test("a header beside a method without arguments is refused", async () => {
    expectRefused(await modern.ask("tools/list", {}, { headers: { "mcp-param-region": "eu" } }), "mcp-param-region");
    expect(upstream.requests).toEqual([]);
  });

  test("a tool that the caller must not know answers as an unknown one, whatever its headers say", async () => {
    const token = gateway.token({ sub: "outsider-bot", role: "nothing" }, "/mcp/crm");
    const outsider = speaker(`${gateway.agents}/mcp/crm`, token, "2026-07-28");
    const answers = [];
    for (const name of ["find_ticket", "no_such_tool"]) {
      const { id: _id, ...answer } = await call(outsider, { region: "eu" }, { "mcp-param-region": "us" }, name);
      answers.push(
        JSON.stringify(answer)
          .replaceAll(name, "NAME")
          .replaceAll(/d_[\w-]+/g, "ID"),
      );
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(called()).toBe(0);
  });
});
