/** What is hidden is refused exactly as what does not exist, in the tool server's own words where unknown names reach it: whole answers are compared. */
import { rm } from "node:fs/promises";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import type { JsonObject } from "../../gateway/lib/json.ts";
import { requirementInRego } from "../support/approval-requirement.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const versions = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const;
type Version = (typeof versions)[number];

/** What is asked for, by its name; both names have the same length. */
const asked: Readonly<Record<string, (name: string) => { method: string; params: JsonObject }>> = {
  "a tool": (name) => ({ method: "tools/call", params: { name: `of_${name}`, arguments: { path: "/a", n: 1 } } }),
  "a tool of one word": (name) => ({ method: "tools/call", params: { name } }),
  "a prompt": (name) => ({ method: "prompts/get", params: { name: `the "${name}" é`, arguments: { lang: "en" } } }),
  "a resource": (name) => ({ method: "resources/read", params: { uri: `crm://doc/${name}.txt` } }),
  "a resource below what is hidden": (name) => ({ method: "resources/read", params: { uri: `crm://${name}/7` } }),
  "a resource of a template": (name) => ({ method: "resources/read", params: { uri: `crm://item/${name}` } }),
  "values of a prompt": (name) => completing({ type: "ref/prompt", name }),
  "values of a template": (name) => completing({ type: "ref/resource", uri: `crm://${name}/{id}` }),
};
const legacyAlone: typeof asked = {
  "what is told of a resource": (name) => ({ method: "resources/subscribe", params: { uri: `crm://doc/${name}` } }),
};

function completing(ref: JsonObject) {
  return { method: "completion/complete", params: { ref, argument: { name: "id", value: "" } } };
}

function siteRule(name: string, code: string, body: string): string {
  return `package sallyport.rules.site.${name}

import data.sallyport.reason

# METADATA
# title: A rule of this test
# custom:
#   code: ${code}
#   severity: high
#   controls: [ASI03]
#   owner: tests
_why := reason.of(rego.metadata.chain())

${body}`;
}

/** What is secret is hidden; of another server every tool is refused with a reason, of a third one people are asked. */
const rules = {
  secret: siteRule(
    "secret",
    "SECRET",
    `deny contains _why if contains(input.resource.id, "secrets")

hide contains each if some each in deny
`,
  ),
  told: siteRule(
    "told",
    "NOT_HERE",
    `deny contains reason.saying(_why, input.resource.id) if {
	input.resource.type == "tool"
	input.resource.properties.server == "told"
}
`,
  ),
  held: siteRule(
    "held",
    "LOOK",
    `hold contains {"reason": _why, "approval": requirement} if {
	input.resource.type == "tool"
	input.resource.properties.server == "held"
}

${requirementInRego('sprintf("a call of %s", [input.resource.id])')}`,
  ),
};

/** How servers say that there is no such item; each has words of its own. */
const manners: Readonly<Record<string, (message: JsonObject, name: string, res: ServerResponse) => void>> = {
  "a JSON answer"({ id }, name, res) {
    const error = { code: -32602, message: `MCP error -32602: ${name} not found`, data: { asked: name } };
    json(res, 200, { jsonrpc: "2.0", id: id ?? null, error });
  },
  "an event stream"({ id }, name, res) {
    const result = { content: [{ type: "text", text: `There is no ${name}.` }], isError: true };
    res.writeHead(200, { "content-type": "text/event-stream", "x-server": "events", "mcp-session-id": "s-1" });
    res.write(`id: 1\ndata: \n\nid: 2\nevent: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
    res.end();
  },
  "a 404"({ id }, name, res) {
    json(res, 404, {
      jsonrpc: "2.0",
      id: id ?? null,
      error: { code: -32002, message: `No ${name}`, data: { uri: name } },
    });
  },
  "a broken answer"(_message, _name, res) {
    res.writeHead(200, { "content-type": "text/html" }).end("<p>Oops</p>");
  },
  silence(_message, _name, res) {
    res.destroy();
  },
};

function json(res: ServerResponse, status: number, message: JsonObject): void {
  res.writeHead(status, { "content-type": "application/json", "x-server": "json" }).end(JSON.stringify(message));
}

const methods = [
  "prompts/get",
  "resources/read",
  "resources/subscribe",
  "completion/complete",
  "resources/templates/list",
];
let manner = "a JSON answer";
let upstream: RecordingUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await recordingUpstream((_req, res, { body }) => {
    const message = JSON.parse(body.toString()) as JsonObject;
    if (message["method"] === "resources/templates/list")
      return json(res, 200, {
        ...{ jsonrpc: "2.0", id: message["id"] ?? null },
        result: { resourceTemplates: [{ uriTemplate: "crm://item/{id}", name: "item" }] },
      });
    manners[manner]?.(message, nameIn(message), res);
  });
  const route = (id: string) =>
    crmRoute(upstream.origin, {
      ...{ credential: undefined, id, prefix: `/mcp/${id}`, server: id },
      hold: { silent_wait: "0s" },
    });
  gateway = await startGateway({
    routes: ["open", "told", "held", "shut"].map(route),
    policy: async (copy) => {
      for (const [name, text] of Object.entries(rules))
        await copy.writeNew(`sallyport/rules/site/${name}/${name}.rego`, text);
      // The library hides tools that the catalog does not have, or holds them: a policy without these rules lets them reach the server.
      for (const rule of ["tools/known", "reversibility", "sensitivity", "exfiltration", "destinations", "provenance"])
        await rm(copy.file(`sallyport/rules/${rule}`), { recursive: true });
      await copy.dropGoldenCases();
      const all = () => ({
        tools: { "*": true },
        methods: Object.fromEntries(methods.map((method) => [method, true])),
      });
      await copy.addData("entitlements", { support: { open: all(), told: all(), held: all() } });
    },
  });
  await answerTo("open", "2025-11-25", { method: "resources/templates/list", params: {} });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

function nameIn({ params }: JsonObject): string {
  const { name, uri, ref } = params as { name?: string; uri?: string; ref?: { name?: string; uri?: string } };
  return name ?? uri ?? ref?.name ?? ref?.uri ?? "";
}

interface Whole {
  readonly status: number | undefined;
  /** In their order, with their spelling. */
  readonly headers: readonly string[];
  readonly body: string;
}

function answerTo(server: string, version: Version, { method, params }: { method: string; params: JsonObject }) {
  const prefix = `/mcp/${server}`;
  const isModern = version === "2026-07-28";
  const meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const named = nameIn({ params });
  const mirrored = "ref" in params ? {} : { "mcp-name": mirror(named) };
  const headers = {
    authorization: `Bearer ${gateway.token({ sub: "support-bot", role: "support" }, prefix)}`,
    ...{ accept: "application/json, text/event-stream", "content-type": "application/json" },
    "mcp-protocol-version": version,
    ...(isModern ? { "mcp-method": method, ...mirrored } : {}),
  };
  const body = JSON.stringify({
    ...{ jsonrpc: "2.0", id: "q", method },
    params: { ...params, ...(isModern ? { _meta: meta } : {}) },
  });
  return new Promise<Whole>((done, failed) => {
    const req = request(
      gateway.agents + prefix,
      { method: "POST", headers, agent: false },
      (res) => void whole(res).then(done, failed),
    );
    req.once("error", failed).end(body);
  });
}

/** As the protocol encodes what is not visible ASCII. */
function mirror(text: string): string {
  return /^[\x21-\x7e]+$/.test(text) ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

async function whole(res: IncomingMessage): Promise<Whole> {
  let body = "";
  for await (const chunk of res.setEncoding("utf8")) body += chunk as string;
  return { status: res.statusCode, headers: res.rawHeaders, body };
}

/** Two names of the same length, told apart by nothing but themselves; of decisions every one has an id of its own. */
function withoutName(answer: Whole, name: string): string {
  const text = JSON.stringify(answer).replaceAll(name, "NAME");
  return text.replaceAll(/\bd_[A-Za-z0-9_-]{22}/g, "DECISION").replaceAll(/"[A-Z][a-z]{2}, \d\d .{17} GMT"/g, '"DATE"');
}

/** The answers to a name that nobody has and to one that is hidden, and what each has sent to the tool server. */
async function both(server: string, version: Version, ask: (typeof asked)[string]) {
  const of = async (name: string) => {
    const before = upstream.requests.length;
    const answer = withoutName(await answerTo(server, version, ask(name)), name);
    const sent = upstream.requests.slice(before).map(({ body }) => JSON.parse(body.toString()) as JsonObject);
    return { answer, sent: sent.map(({ method }) => method), names: sent.map(nameIn) };
  };
  return { unknown: await of("zzzzzzz"), hidden: await of("secrets") };
}

const cases = versions.flatMap((version) =>
  Object.entries({ ...asked, ...(version === "2026-07-28" ? {} : legacyAlone) }).map(
    ([what, ask]) => [version, what, ask] as const,
  ),
);
const everywhere = cases.flatMap(([version, what, ask]) =>
  Object.keys(manners).map((how) => [version, what, how, ask] as const),
);

test.each(everywhere)("in MCP %s asking for %s of a server that answers with %s", async (version, _what, how, ask) => {
  manner = how;
  const { unknown, hidden } = await both("open", version, ask);
  expect(hidden.answer).toBe(unknown.answer);
  expect(hidden.sent).toEqual(unknown.sent);
  expect(unknown.sent).toHaveLength(1);
  expect(hidden.names.join()).not.toContain("secrets");
});

test.each(cases.filter(([, what]) => what.startsWith("a tool")))(
  "in MCP %s asking for %s that policy refuses with a reason, or that people are asked about",
  async (version, _what, ask) => {
    for (const [server, told] of [
      ["told", "NOT_HERE"],
      ["held", "approvalId"],
    ] as const) {
      const { unknown, hidden } = await both(server, version, ask);
      expect(withoutApproval(hidden.answer)).toBe(withoutApproval(unknown.answer));
      expect(hidden.answer).toContain(told);
      expect([...hidden.sent, ...unknown.sent]).toEqual([]);
    }
  },
);

test.each(cases)(
  "in MCP %s asking for %s of a server of which a caller may see nothing",
  async (version, _what, ask) => {
    const { unknown, hidden } = await both("shut", version, ask);
    expect(hidden.answer).toBe(unknown.answer);
    expect(hidden.answer).toMatch(/Unknown|not found/);
    expect([...hidden.sent, ...unknown.sent]).toEqual([]);
  },
);

test("in MCP 2025-11-25 a tool that is called as a task: its result is in the same words", async () => {
  manner = "a JSON answer";
  const [unknown, hidden] = await Promise.all(
    ["zzzzzzz", "secrets"].map(async (name) => {
      const params = { name: `of_${name}`, arguments: {}, task: { ttl: 60_000 } };
      const begun = await answerTo("open", "2025-11-25", { method: "tools/call", params });
      const taskId = /"taskId":"([^"]+)"/.exec(begun.body)?.[1] ?? "";
      const ended = await answerTo("open", "2025-11-25", { method: "tasks/result", params: { taskId } });
      return [begun, ended].map((answer) => withoutApproval(withoutName(answer, name)).replaceAll(taskId, "TASK"));
    }),
  );
  expect(hidden).toEqual(unknown);
  expect(hidden?.[0]).toContain("TASK");
  expect(hidden?.[1]).toContain("of_NAME not found");
});

function withoutApproval(answer: string): string {
  return answer.replaceAll(/\ba_[A-Za-z0-9_-]{22}/g, "APPROVAL").replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}
