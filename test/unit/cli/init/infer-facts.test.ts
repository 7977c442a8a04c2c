import { yamlKey } from "../../../../gateway/cli/init/catalog-text.ts";
import type { DescribedTool } from "../../../../gateway/cli/init/described-tool.ts";
import { inferFacts, onlyReads } from "../../../../gateway/cli/init/infer-facts.ts";
import { parse } from "yaml";

const quiet = { readOnly: null, destructive: null, openWorld: null };
const http = (method: string, name: string, place = `${method} /x`): DescribedTool => ({
  name,
  place,
  method,
  hints: quiet,
});
const mcp = (name: string, hints: Partial<DescribedTool["hints"]> = {}): DescribedTool => ({
  name,
  place: null,
  method: null,
  hints: { ...quiet, ...hints },
});

const reads = { sensitivity: "low", reversible: true, mutates: false, sink: "internal" };

test.each<[string, DescribedTool, object]>([
  ["a GET", http("GET", "list_invoices"), reads],
  ["a HEAD", http("HEAD", "hasInvoice"), reads],
  ["a GET that sends", http("GET", "sendReminder"), { mutates: true, reversible: false, sink: "external" }],
  ["a GET that reads what others do", http("GET", "getRefund"), reads],
  ["a GET that reads and does", http("GET", "get_and_refund"), { mutates: true, reversible: false }],
  ["a GET that deletes", http("GET", "delete-invoice"), { mutates: true, reversible: false }],
  ["a POST of which nothing is known", http("POST", "createDraft"), { mutates: true }],
  ["a POST without a name", http("POST", "POST /x"), { mutates: true }],
  [
    "a POST without a name on a path that says more",
    http("POST", "POST /pay", "POST /pay"),
    { mutates: true, reversible: false, sink: "external" },
  ],
  ["a DELETE", http("DELETE", "invoice"), { mutates: true, reversible: false }],
  ["words in camel case", http("POST", "voidInvoice"), { mutates: true, reversible: false }],
  ["a transfer", http("PUT", "transferFunds"), { mutates: true, reversible: false, sink: "external" }],
  ["an MCP tool without hints", mcp("get_order"), { mutates: true }],
  ["an MCP tool that says it only reads, inside", mcp("get_order", { readOnly: true, openWorld: false }), reads],
  [
    "an MCP tool that says it only reads, and not where",
    mcp("get_order", { readOnly: true }),
    { sensitivity: "low", reversible: true, mutates: false },
  ],
  [
    "an MCP tool that reads the open world",
    mcp("fetch", { readOnly: true, openWorld: true }),
    { sensitivity: "low", reversible: true, mutates: false },
  ],
  [
    "an MCP tool that says it only reads and is named delete",
    mcp("delete_all", { readOnly: true }),
    { mutates: true, reversible: false },
  ],
  ["an MCP tool that says it destroys", mcp("tidy", { destructive: true }), { mutates: true, reversible: false }],
])("infers of %s no more than it says", (_what, tool, facts) => {
  expect(inferFacts(tool)).toEqual(facts);
});

test("opens only what reads and stays inside", () => {
  const open = [
    http("GET", "list"),
    mcp("get", { readOnly: true, openWorld: false }),
    mcp("look", { readOnly: true }),
    mcp("fetch", { readOnly: true, openWorld: true }),
    http("POST", "x"),
  ];
  expect(open.map((tool) => onlyReads(inferFacts(tool)))).toEqual([true, true, false, false, false]);
});

test.each([
  "list_invoices",
  "yes",
  "null",
  "GET /v1/x",
  "a: b",
  "#x",
  "new\nline: true",
  "ü",
  "😀",
  '"',
  "1",
  "-",
  "\u2028",
  "\x7f",
])("writes the name %j as a key that is read as the same text", (name) => {
  expect(parse(`${yamlKey(name)}: 1\n`)).toEqual({ [name]: 1 });
  expect(yamlKey(name)).toMatch(/^[\x20-\x7e]+$/);
});
