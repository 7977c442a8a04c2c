/** Tools, prompts, resources and resource templates: what a list does not show is refused exactly as what does not exist. */
import { mkdir } from "node:fs/promises";
import { definitionDigest } from "../../gateway/gather/definition-facts.ts";
import type { DefinitionKind } from "../../gateway/domain/definition-kinds.ts";
import type { JsonObject } from "../../gateway/lib/json.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

interface Kind {
  readonly kind: DefinitionKind;
  readonly list: string;
  readonly member: string;
  readonly item: (name: string) => JsonObject;
  /** Of a definition of that name. */
  readonly call: (name: string) => { readonly method: string; readonly params: { name?: string; uri?: string } };
}

const read = (uri: string) => ({ method: "resources/read", params: { uri } });
const kinds: readonly Kind[] = [
  {
    kind: "tool",
    list: "tools/list",
    member: "tools",
    item: (name) => ({ name, inputSchema: { type: "object" } }),
    call: (name) => ({ method: "tools/call", params: { name } }),
  },
  {
    kind: "prompt",
    list: "prompts/list",
    member: "prompts",
    item: (name) => ({ name, arguments: [{ name: "lang" }] }),
    call: (name) => ({ method: "prompts/get", params: { name } }),
  },
  {
    kind: "resource",
    list: "resources/list",
    member: "resources",
    item: (name) => ({ uri: `crm://doc/${name}`, name }),
    call: (name) => read(`crm://doc/${name}`),
  },
  {
    kind: "resource_template",
    list: "resources/templates/list",
    member: "resourceTemplates",
    item: (name) => ({ uriTemplate: `crm://${name}/{id}`, name }),
    call: (name) => read(`crm://${name}/7`),
  },
];
const others = kinds.filter(({ kind }) => kind !== "tool");
const nameOf = ({ item }: Kind, name: string) => String(item(name)["uri"] ?? item(name)["uriTemplate"] ?? name);

/** What the server says of everything now. */
let description = "As it was.";
/** On the stream that a GET takes up. */
let resumed = "";
let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream((req, res, { body }) => {
    const events = { "content-type": "text/event-stream", "mcp-session-id": "s" };
    if (req.method === "GET") return void res.writeHead(200, events).end(resumed);
    const message = JSON.parse(body.toString()) as JsonObject & { id: number; method: string };
    if (req.headers["x-cut"] !== undefined) return void res.writeHead(200, events).end("id: 1\ndata: \n\n");
    res.setHeader("content-type", "application/json").end(JSON.stringify(answerTo(message)));
  });
  const route = (server: string, pins?: string) =>
    crmRoute(upstream.origin, {
      credential: undefined,
      id: server,
      prefix: `/mcp/${server}`,
      server,
      upstream: { origin: upstream.origin, allow_addresses: ["loopback"], request_headers: ["x-cut"] },
      ...(pins === undefined ? {} : { pins }),
    });
  gateway = await startGateway({
    routes: [route("plain"), route("asked", "accepted"), route("lined", "catalog")],
    policy: async (copy) => {
      await mkdir(copy.file("sallyport/rules/site/secret"), { recursive: true });
      await copy.write("sallyport/rules/site/secret/secret.rego", secretRule);
      const facts = { sensitivity: "low", reversible: true, mutates: false, sink: "internal", owner: "tests" };
      const tools = { shown: facts, secret: facts };
      const line = (of: Kind) => ({ kind: of.kind, definition: definitionDigest(defined(of, "shown"), of.kind) });
      const lines = Object.fromEntries(others.map((of) => [nameOf(of, "shown"), line(of)]));
      await copy.addData("catalog", { plain: tools, asked: tools, lined: lines });
      const methods = Object.fromEntries(
        [...kinds.map(({ list }) => list), "prompts/get", "resources/read", "completion/complete"].map((method) => [
          method,
          true,
        ]),
      );
      const all = () => ({ tools: { "*": true }, methods: { ...methods } });
      await copy.addData("entitlements", { support: { plain: all(), asked: all(), lined: all() } });
    },
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

const secretRule = `package sallyport.rules.site.secret

import data.sallyport.reason

# METADATA
# title: Nobody may know of what is secret
# custom:
#   code: SECRET
#   severity: high
#   controls: [ASI03]
#   owner: tests
_secret := reason.of(rego.metadata.chain())

deny contains _secret if contains(input.resource.id, "secret")

hide contains each if some each in deny
`;

function defined(of: Kind, name: string): JsonObject {
  return { ...of.item(name), description };
}

function listResult(of: Kind): JsonObject {
  return { [of.member]: ["shown", "secret"].map((name) => defined(of, name)), nextCursor: "page-2" };
}

/** As the specification words what a server does not know. */
function answerTo({ id, method, params }: JsonObject & { id: number; method: string }): JsonObject {
  const modern = JSON.stringify(params).includes("2026-07-28");
  const of = kinds.find(({ list }) => list === method);
  const result = { ...(of === undefined ? { content: [{ type: "text", text: "found" }] } : listResult(of)) };
  if (modern) Object.assign(result, { resultType: "complete", ...(of === undefined ? {} : { ttlMs: 9_000 }) });
  const { name = "", uri = "" } = params as { name?: string; uri?: string };
  if (of !== undefined || /shown|secret/.test(`${name}${uri}`)) return { jsonrpc: "2.0", id, result };
  const error =
    uri === ""
      ? { code: -32602, message: `Unknown prompt: ${name}` }
      : { code: modern ? -32602 : -32002, message: "Resource not found", data: { uri } };
  return { jsonrpc: "2.0", id, error };
}

type Era = "2025-11-25" | "2026-07-28";
const eras: readonly Era[] = ["2025-11-25", "2026-07-28"];

async function send(server: string, era: Era, { method, params = {} }: { method: string; params?: object }, more = {}) {
  const prefix = `/mcp/${server}`;
  const named = params as { name?: string; uri?: string };
  const mirrored = named.name ?? named.uri;
  const meta = {
    "io.modelcontextprotocol/protocolVersion": era,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const isModern = era === "2026-07-28";
  const token = gateway.token({ sub: "support-bot", role: "support" }, prefix);
  const answer = await fetch(`${gateway.agents}${prefix}`, {
    method: method === "GET" ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": era,
      ...(method === "GET" ? {} : { "content-type": "application/json" }),
      ...(isModern ? { "mcp-method": method, ...(mirrored === undefined ? {} : { "mcp-name": mirrored }) } : {}),
      ...(await gateway.inSession(token, prefix, more)),
    },
    ...(method === "GET"
      ? {}
      : {
          body: JSON.stringify({
            jsonrpc: "2.0",
            id: 1,
            method,
            params: { ...params, ...(isModern ? { _meta: meta } : {}) },
          }),
        }),
  });
  return { status: answer.status, text: await answer.text() };
}

async function listed(server: string, era: Era, { list, member }: Kind): Promise<JsonObject & { names: unknown[] }> {
  const { result } = JSON.parse((await send(server, era, { method: list })).text) as { result: JsonObject };
  const items = result[member] as readonly JsonObject[];
  return { ...result, names: items.map(({ name }) => name ?? null) };
}

/** What a call came to, told apart by nothing but the name. */
async function outcome(server: string, era: Era, { call }: Kind, name: string) {
  const { status, text } = await send(server, era, call(name));
  return { status, text: text.replaceAll(name, "X") };
}

describe.each(eras)("in MCP %s", (era) => {
  test.each(kinds)(
    "policy hides one $kind in the list, pages stay, and asking for it is asking for an unknown one",
    async (of) => {
      expect(await listed("plain", era, of)).toMatchObject({
        names: ["shown"],
        nextCursor: "page-2",
        ...(era === "2026-07-28" ? { ttlMs: 0, cacheScope: "private" } : {}),
      });
      expect((await outcome("plain", era, of, "shown")).text).toContain("found");
      const unknown = await outcome("plain", era, of, "made_up");
      const before = upstream.requests.length;
      expect(await outcome("plain", era, of, "secret")).toEqual(unknown);
      for (const { body } of upstream.requests.slice(before)) expect(body.toString()).not.toContain("secret");
    },
  );
});

test("values of what is hidden are not completed: that is refused as for what does not exist", async () => {
  const complete = (name: string) => [
    { type: "ref/prompt", name },
    { type: "ref/resource", uri: `crm://${name}/{id}` },
  ];
  const outcomes = async (name: string) =>
    Promise.all(
      complete(name).map(async (ref) => {
        const params = { ref, argument: { name: "id", value: "" } };
        const { text } = await send("asked", "2025-11-25", { method: "completion/complete", params });
        return text.replaceAll(name, "X");
      }),
    );
  expect(await outcomes("secret")).toEqual(await outcomes("made_up"));
  expect(await outcomes("secret")).toEqual([
    expect.stringContaining("Unknown prompt: X"),
    expect.stringContaining("Unknown resource template: crm://X/{id}"),
  ]);
});

test.each(kinds)("policy hides one $kind on a stream that is taken up again", async (of) => {
  const session = { "mcp-session-id": `s-${of.kind}` };
  await send("plain", "2025-11-25", { method: of.list }, { ...session, "x-cut": "1" });
  resumed = `id: 2\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: 1, result: listResult(of) })}\n\n`;
  const { text } = await send("plain", "2025-11-25", { method: "GET" }, { ...session, "last-event-id": "1" });
  expect(text).toContain("shown");
  expect(text).toContain("page-2");
  expect(text).not.toContain("secret");
});

test("what nobody accepted is refused as what does not exist, and a finding counts it by kind", async () => {
  for (const of of kinds) {
    expect((await listed("asked", "2025-11-25", of)).names).toEqual([]);
    const unknown = await outcome("asked", "2025-11-25", of, "made_up");
    expect(await outcome("asked", "2025-11-25", of, "shown")).toEqual(unknown);
  }
  const ready = await (await fetch(`${gateway.console}/readyz`)).text();
  expect(ready).toContain("2 prompts, 2 resources, 2 resource templates, and 2 tools of asked wait to be accepted");
});

test.each(others)(
  "a person accepts a $kind, then what changed in it, and it is refused as unknown in between",
  async (of) => {
    const person = await gateway.approver();
    const named = { server: "asked", kind: of.kind, name: nameOf(of, "shown") };
    const accept = async (where: string) => {
      const { items } = (await person.get(`/api/tools/${where}`)) as { items: JsonObject[] };
      const found = items.find(
        ({ server, kind, name }) => named.server === server && named.kind === kind && named.name === name,
      );
      await person.post("/api/tools/accept", { ...named, digest: found?.["digest"] });
    };
    description = "As it was.";
    await listed("asked", "2025-11-25", of);
    await accept("waiting");
    const unknown = await outcome("asked", "2025-11-25", of, "made_up");
    for (const words of ["Other words.", "As it was."]) {
      expect((await listed("asked", "2025-11-25", of)).names).toEqual(["shown"]);
      expect((await outcome("asked", "2025-11-25", of, "shown")).text).toContain("found");
      description = words;
      expect((await listed("asked", "2025-11-25", of)).names).toEqual([]);
      expect(await outcome("asked", "2025-11-25", of, "shown")).toEqual(unknown);
      await accept("changes");
    }
    expect((await listed("asked", "2025-11-25", of)).names).toEqual(["shown"]);
  },
);

test.each(others)("the catalog's line of its kind lets a $kind be seen, with its definition alone", async (of) => {
  description = "As it was.";
  expect((await listed("lined", "2025-11-25", of)).names).toEqual(["shown"]);
  expect((await outcome("lined", "2025-11-25", of, "shown")).text).toContain("found");
  description = "Other words.";
  expect((await listed("lined", "2025-11-25", of)).names).toEqual([]);
  const unknown = await outcome("lined", "2025-11-25", of, "made_up");
  expect(await outcome("lined", "2025-11-25", of, "shown")).toEqual(unknown);
  description = "As it was.";
});
