import { createHash } from "node:crypto";
import { ServerResponse } from "node:http";
import { DeadConnections } from "../../../../gateway/domain/connections.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { ToolCall } from "../../../../gateway/domain/tool-call.ts";
import type { MirroredParams } from "../../../../gateway/domain/tool-definitions.ts";
import { toolSearch } from "../../../../gateway/offer/search/unwrap.ts";
import { createParse } from "../../../../gateway/parse/parse.ts";
import { standIn } from "../../../../gateway/tasks/stored-request.ts";
import { route } from "../../../support/builders.ts";
import { exchangeOf } from "../../../support/parser.ts";

const crm = route({
  id: "crm",
  prefix: "/mcp/crm",
  upstreamPrefix: "/mcp",
  protocol: "mcp",
  server: "crm",
  toolSearch: { searchAs: "search_tools", callAs: "call_tool" },
});
const limits = { requestTimeoutMs: 60_000, maxHeaders: 100, connections: new DeadConnections() };
const parse = createParse([crm], limits);
const region: MirroredParams = new Map([["mcp-param-region", ["where", "region"]]]);
const unwrap = toolSearch(parse, { mirrored: async (_server, tool) => (tool === "ship" ? region : null) });
const read = async (exchange: Exchange): Promise<ToolCall> => unwrap(exchange, await parse(exchange));

function arriving(body: string, more: readonly string[] = []): Exchange {
  const bytes = Buffer.from(body);
  const plain = ["Host", "gateway.example", "Content-Type", "application/json", "Accept", "application/json"];
  const sent = { method: "POST", url: "/mcp/crm", headers: [...plain, ...more], body: bytes };
  const req = standIn({ ...sent, era: "legacy", rpc_id: 1 }, false);
  const exchange = exchangeOf(req, new ServerResponse(req));
  exchange.body = bytes;
  return exchange;
}

const meta =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":7}';
const modern = (name: string) => ["MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", name];
const call = (params: string) => `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{${params}}}`;
const wrapped = (args: string, more = "") => call(`"name":"call_tool","arguments":${args}${more}`);
const mirrors = ({ request }: ToolCall) => request.headers.filter(([name]) => name.startsWith("mcp-"));

it.each([
  [
    "with every number as it was spelt",
    '{"name":"pay","arguments":{"eur":1.10,"n":1e2}}',
    '"name":"pay","arguments":{"eur":1.10,"n":1e2}',
  ],
  ["without arguments", '{"name":"pay"}', '"name":"pay"'],
])("reads a wrapped call as the call of the real tool, %s", async (_, args, params) => {
  const exchange = arriving(wrapped(args));
  const plain = arriving(call(params));
  const [unwrapped, expected] = [await read(exchange), await read(plain)];
  expect(unwrapped).toEqual(expected);
  expect(unwrapped.request.body.toString()).toBe(call(params));
  expect(unwrapped.request.digestedText).toContain(createHash("sha256").update(call(params)).digest("hex"));
  expect(exchange.body?.toString()).toBe(call(params));
});

it("keeps what stands beside the arguments, and repeats name and arguments in the headers", async () => {
  const args = '{"name":"ship","arguments":{"where":{"region":"köln"}}}';
  const exchange = arriving(wrapped(args, `,${meta},"requestState":"s"`), modern("call_tool"));
  const { request, beside, mcp, name } = await read(exchange);
  expect([name, mcp?.progressToken, beside]).toEqual(["ship", 7, { requestState: "s" }]);
  expect(request.headers).toEqual(
    expect.arrayContaining([
      ["mcp-name", "ship"],
      ["mcp-param-region", "=?base64?a8O2bG4=?="],
    ]),
  );
  // A held call is read once more from what was kept of it.
  expect((await read(exchange)).request).toEqual(request);
});

it("leaves a header that its caller sent all the same to be compared", async () => {
  const args = '{"name":"ship","arguments":{"where":{"region":"eu"}}}';
  const sent = [...modern("call_tool"), "Mcp-Param-Region", "us"];
  expect(mirrors(await read(arriving(wrapped(args, `,${meta}`), sent)))).toContainEqual(["mcp-param-region", "us"]);
});

it("reads a search as a request for the list of tools, which its caller hears of as a call of a tool", async () => {
  const params = `"name":"search_tools","arguments":{"query":"pay","limit":3},"task":{},${meta}`;
  const exchange = arriving(call(params), modern("search_tools"));
  for (const found of [await read(exchange), await read(exchange)]) {
    expect(found).toMatchObject({ action: "tools/list", resourceType: "server", name: "crm" });
    expect(found.toolQuery).toEqual({ text: "pay", limit: 3 });
    expect(found.request.body.toString()).toBe(`{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{${meta}}}`);
    expect(mirrors(found)).toEqual([
      ["mcp-protocol-version", "2026-07-28"],
      ["mcp-method", "tools/list"],
    ]);
    expect(exchange.context.rpc).toEqual({ id: "a", method: "tools/call", modern: true });
  }
});

it.each([
  ["a wrapped call without a name", '"name":"call_tool","arguments":{}'],
  ["arguments that are a text", '"name":"call_tool","arguments":{"name":"pay","arguments":"{}"}'],
  ["arguments that are a number", '"name":"call_tool","arguments":{"name":"pay","arguments":1.10}'],
  ["something beside them", '"name":"call_tool","arguments":{"name":"pay","args":{}}'],
  ["the gateway's own tool within itself", '"name":"call_tool","arguments":{"name":"call_tool","arguments":{}}'],
  ["a search within a call", '"name":"call_tool","arguments":{"name":"search_tools"}'],
  ["a search without words", '"name":"search_tools"'],
  ["a search for too many", '"name":"search_tools","arguments":{"query":"a","limit":26}'],
])("says that %s does not fit, once its caller is known", async (_, params) => {
  const { unfit, toolQuery } = await read(arriving(call(params)));
  expect([unfit?.refusal.code, toolQuery]).toEqual(["tool_arguments_invalid", undefined]);
});

it("leaves every other message as it is, and reads the real tool's name as strictly as ever", async () => {
  const list = arriving('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
  expect((await read(list)).toolQuery).toBeUndefined();
  expect((await read(arriving(call('"name":"pay"')))).name).toBe("pay");
  await expect(read(arriving(wrapped('{"name":"two words"}')))).rejects.toMatchObject({ code: "rpc_invalid" });
  const twice = wrapped('{"name":"pay","arguments":{"a":1,"a":2}}');
  await expect(read(arriving(twice))).rejects.toMatchObject({ code: "json_duplicate_key" });
});

it("leaves routes alone that list their tools", async () => {
  const listed = createParse([{ ...crm, toolSearch: null }], limits);
  const plain = toolSearch(listed, { mirrored: () => Promise.resolve(null) });
  const exchange = arriving(wrapped('{"name":"pay"}'));
  expect((await plain(exchange, await listed(exchange))).name).toBe("call_tool");
});
