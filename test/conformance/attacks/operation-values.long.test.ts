/**
 * Values of tools that are HTTP operations are made up by models, and by whoever talks to them. An independent server says what it
 * has read: each value stands where it was meant, whole and alone, or nothing was sent.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { naughty } from "../../support/console/hostile-corpus.ts";
import { operationsServer, type OperationsServer } from "../../support/operations-server.ts";
import { paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

const text = { type: "string" };
const list = { type: "array", items: text };
const document = {
  openapi: "3.1.0",
  info: { title: "Notes", version: "1" },
  paths: {
    "/v1/items/{id}/notes/{note}": {
      parameters: [
        { name: "id", in: "path", required: true, schema: text },
        { name: "note", in: "path", required: true, schema: text },
      ],
      get: {
        operationId: "read_note",
        parameters: [
          { name: "q", in: "query", schema: text },
          { name: "tag", in: "query", schema: list },
          { name: "csv", in: "query", explode: false, schema: list },
          { name: "spaced", in: "query", style: "spaceDelimited", explode: false, schema: list },
          { name: "piped", in: "query", style: "pipeDelimited", explode: false, schema: list },
          {
            name: "filter",
            in: "query",
            style: "deepObject",
            schema: { type: "object", properties: { a: text, b: text } },
          },
          { name: "json", in: "query", content: { "application/json": { schema: {} } } },
          { name: "X-Note", in: "header", schema: text },
          { name: "session", in: "cookie", schema: text },
        ],
        responses: {},
      },
      post: {
        operationId: "write_note",
        requestBody: {
          required: true,
          content: { "application/json": { schema: { type: "object", properties: { said: text, tags: list } } } },
        },
        responses: {},
      },
      put: {
        operationId: "fill_note",
        requestBody: {
          content: {
            "application/x-www-form-urlencoded": { schema: { type: "object", properties: { said: text, tags: list } } },
          },
        },
        responses: {},
      },
    },
    "/v1/items/all/notes/{note}": {
      get: {
        operationId: "read_all",
        parameters: [{ name: "note", in: "path", required: true, schema: text }],
        responses: {},
      },
    },
    "/v1/admin": { get: { operationId: "admin", responses: {} } },
  },
};

const prefix = "/mcp/notes";
const folder = mkdtempSync(join(tmpdir(), "sallyport-notes-"));
let server: OperationsServer;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  server = await operationsServer();
  const openapi = join(folder, "notes.json");
  writeFileSync(openapi, JSON.stringify(document));
  const accept = ["application/json", "application/x-www-form-urlencoded"];
  const route = { id: "notes", prefix: "/notes", server: "notes", openapi, credential: undefined, body: { accept } };
  gateway = await startGateway({
    routes: [paymentsRoute(server.origin, { ...route, methods: ["GET", "POST", "PUT"], tools: { mcp: prefix } })],
    policy: async (copy) => {
      const facts = { sensitivity: "low", reversible: true, mutates: false, sink: "internal", owner: "t" };
      const names = ["read_note", "write_note", "fill_note", "read_all"];
      const known = names.map((name) => [name, { ...facts, returns: { own_text: true } }]);
      await copy.addData("catalog", { notes: Object.fromEntries(known) });
      await copy.addData("entitlements", { refunds: { notes: { tools: { "*": true } } } });
    },
  });
  token = gateway.token({ sub: "refund-bot", role: "refunds" }, prefix);
});
afterAll(async () => {
  await Promise.all([gateway?.close(), server?.close()]);
  rmSync(folder, { recursive: true });
});

/** Whether the call was sent. */
async function call(name: string, args: object): Promise<boolean> {
  server.read.length = 0;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } });
  const response = await fetch(gateway.agents + prefix, { method: "POST", headers, body });
  const answer = (await response.json()) as { result?: { isError: boolean } };
  const sent = answer.result?.isError === false;
  expect(server.read).toHaveLength(sent ? 1 : 0);
  return sent;
}

const id = ["v1", "items", "i", "notes", "n"];

/** Each place, with a value in it, and what must be read there. */
const places: Readonly<Record<string, (value: string) => Promise<void>>> = {
  async path(value) {
    if (!(await call("read_note", { id: value, note: value }))) return;
    expect(server.read[0]).toMatchObject({
      method: "GET",
      segments: ["v1", "items", value, "notes", value],
      query: [],
    });
  },
  async query(value) {
    if (!(await call("read_note", { id: "i", note: "n", q: value, json: { value } }))) return;
    expect(server.read[0]).toMatchObject({
      segments: id,
      query: [
        ["q", value],
        ["json", JSON.stringify({ value })],
      ],
    });
  },
  async lists(value) {
    const rest = { id: "i", note: "n" };
    if (await call("read_note", { ...rest, tag: [value, "b", value] }))
      expect(server.read[0]?.query).toEqual([
        ["tag", value],
        ["tag", "b"],
        ["tag", value],
      ]);
    for (const [name, separator] of [
      ["csv", ","],
      ["spaced", " "],
      ["piped", "|"],
    ] as const) {
      if (!(await call("read_note", { ...rest, [name]: [value, "b"] }))) continue;
      expect(server.read[0]?.query).toEqual([[name, [value, "b"].join(separator)]]);
      expect(server.read[0]?.query[0]?.[1].split(separator)).toEqual([value, "b"]);
    }
  },
  async deep(value) {
    if (await call("read_note", { id: "i", note: "n", filter: { a: value } }))
      expect(server.read[0]?.query).toEqual([["filter[a]", value]]);
    expect(await call("read_note", { id: "i", note: "n", filter: { [value]: "x", c: "y" } })).toBe(false);
  },
  async header(value) {
    if (!(await call("read_note", { id: "i", note: "n", "X-Note": value }))) return;
    expect(server.read[0]).toMatchObject({ segments: id, query: [], headers: { "x-note": value } });
    expect(Object.keys(server.read[0]?.headers ?? {}).filter((name) => !usual.has(name))).toEqual(["x-note"]);
  },
  async bodies(value) {
    if (await call("write_note", { id: "i", note: "n", said: value, tags: [value] }))
      expect(server.read[0]).toMatchObject({ segments: id, body: { said: value, tags: [value] } });
    if (await call("fill_note", { id: "i", note: "n", said: value, tags: [value, "b"] }))
      expect(server.read[0]?.body).toEqual([
        ["said", value],
        ["tags", value],
        ["tags", "b"],
      ]);
  },
};

const usual: ReadonlySet<string> = new Set(
  "host connection accept sallyport-decision sallyport-subject traceparent".split(" "),
);

const hostile = [
  ..."/ // . .. ../.. ..%2f..%2f %2f %2F %252f %5c \\ \\.. ; ;x=1 ? ?a=b # #a & &a=b = %00 % %zz + %20 : @ * ~ ,".split(
    " ",
  ),
  ...[
    "",
    " ",
    "  ",
    "a b",
    "a/b",
    "/v1/admin",
    "../../admin",
    "a?admin=1",
    "a#b",
    "a&q=2",
    "a=b",
    "a;b",
    "a,b",
    "a|b",
    "\t",
    "a\tb",
  ],
  ...[
    "a\r\nX-Admin: 1",
    "a\nb",
    "\r",
    "\u0000",
    "a\u0000b",
    "\u007f",
    "\u0085",
    "\u2028",
    "．．",
    "／",
    "a／b",
    "．",
    "․",
    "＃",
    "？",
    "％2f",
  ],
  ...[
    "all",
    "i]=1&admin[a",
    "__proto__",
    "constructor",
    "a]",
    "[a",
    "a[b]",
    "filter[b]",
    "null",
    "true",
    "é",
    "köln",
    "日本",
    "👩‍💻",
    "\ufeffa",
  ],
  ...["\ud800", "a\udfff", "%ud800", "${x}", "{id}", "{{id}}", "<script>", "'", '"', "`", "a".repeat(2_000)],
];

it.each(Object.keys(places))(
  "keeps every hostile value in its place or sends nothing: %s",
  async (place) => {
    for (const value of [...hostile, ...naughty]) await places[place]?.(value);
  },
  120_000,
);

it("keeps generated values in their places or sends nothing", async () => {
  const pieces = fc.constantFrom(
    ..."/ . % 2 f F c 5 ? # & = ; + , | \\ : @ [ ] \r \n \t \u0000 é ／ ．a b".split(" "),
    " ",
    "..",
  );
  const value = fc.oneof(
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 12 }),
  );
  const each = fc.asyncProperty(value, fc.constantFrom(...Object.keys(places)), async (one, place) =>
    places[place]?.(one),
  );
  await fc.assert(each, { numRuns: 400 });
}, 120_000);

it("sends what is harmless, however it is spelt", async () => {
  for (const value of ["a", "a b", "köln", "日本", "a+b", "50%", "a:b@c", "it's", "a&b=c", "~a-b_c.d", "a$b", "(x)"]) {
    expect([value, await call("read_note", { id: value, note: "n", q: value })]).toEqual([value, true]);
    expect(server.read[0]).toMatchObject({ segments: ["v1", "items", value, "notes", "n"], query: [["q", value]] });
  }
  for (const value of ["a/b?c#d", "..", "//", "a;b,c|d"])
    expect(await call("read_note", { id: "i", note: "n", q: value })).toBe(true);
});

it("does not lead one operation to another, and offers no cookie", async () => {
  expect(await call("read_note", { id: "all", note: "n" })).toBe(false);
  expect(await call("read_all", { note: "n" })).toBe(true);
  expect(await call("read_note", { id: "i", note: "n", session: "x" })).toBe(false);
});
