import { rm } from "node:fs/promises";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import type { JsonObject } from "../../gateway/lib/json.ts";
import { requirementInRego } from "./approval-requirement.ts";
import { recordingUpstream, type RecordingUpstream } from "./recording-upstream.ts";
import { crmRoute } from "./routes.ts";
import { startGateway, type TestGateway } from "./start-gateway.ts";

export const versions = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const;
export type Version = (typeof versions)[number];

/** A message that a client sends: in the old versions with these headers, in the new one with these capabilities. */
export interface Sent {
  readonly method: string;
  readonly params: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly capabilities?: JsonObject;
}

interface Whole {
  readonly status: number | undefined;
  /** In their order, with their spelling. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** How a server answers a message about a name. `message` has no members for a stream that is taken up again, whose name is "". */
export type Manner = (message: JsonObject, name: string, res: ServerResponse) => void;

export interface HiddenNames {
  readonly gateway: TestGateway;
  readonly upstream: RecordingUpstream;
  /** How the server answers from now on. */
  answerWith(manner: Manner): void;
  answerTo(server: string, version: Version, message: Sent): Promise<Whole>;
  /** Takes the stream of a session up again. */
  resumed(server: string, version: Version, session: string): Promise<Whole>;
  close(): Promise<unknown>;
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

const servers = ["open", "told", "held", "shut", "found"];
const methods = [
  "prompts/get",
  "resources/read",
  "resources/subscribe",
  "completion/complete",
  "resources/templates/list",
];

/**
 * A gateway with a route for each of `servers`, all to one tool server: on `open` every name reaches it, on `told` tools are refused with a
 * reason, on `held` people are asked, on `shut` a caller may see nothing, and `found` offers a search in the place of its tools.
 * Each has a caller of its own, since policy counts what a caller was refused lately.
 */
export async function hiddenNames(): Promise<HiddenNames> {
  let manner: Manner = (_message, _name, res) => json(res, 200, {});
  const upstream = await recordingUpstream((_req, res, { body }) => {
    const message = body.length === 0 ? {} : (JSON.parse(body.toString()) as JsonObject);
    const listed = lists[String(message["method"])];
    if (listed === undefined) return manner(message, nameIn(message), res);
    json(res, 200, { jsonrpc: "2.0", id: message["id"] ?? null, result: listed });
  });
  const route = (id: string) =>
    crmRoute(upstream.origin, {
      credential: undefined,
      id,
      prefix: `/mcp/${id}`,
      server: id,
      hold: { silent_wait: "0s", approval_page: true },
      ...(id === "found" ? { tools: { offer: "search" } } : {}),
    });
  const gateway = await startGateway({
    routes: servers.map(route),
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
      await copy.addData("entitlements", { support: { open: all(), told: all(), held: all(), found: all() } });
    },
  });
  async function sent(server: string, version: Version, more: Record<string, string>) {
    const prefix = `/mcp/${server}`;
    const token = gateway.token({ sub: `${server}-bot`, role: "support" }, prefix);
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": version,
      ...(await gateway.inSession(token, prefix, more)),
    };
    return { url: gateway.agents + prefix, headers };
  }
  return {
    gateway,
    upstream,
    answerWith: (next) => (manner = next),
    async answerTo(server, version, message) {
      const isModern = version === "2026-07-28";
      const { url, headers } = await sent(server, version, isModern ? mirrored(message) : (message.headers ?? {}));
      return exchanged(url, "POST", headers, JSON.stringify(bodyOf(version, message)));
    },
    async resumed(server, version, session) {
      const { url, headers } = await sent(server, version, { "mcp-session-id": session, "last-event-id": "1" });
      return exchanged(url, "GET", headers, "");
    },
    close: () => Promise.all([gateway.close(), upstream.close()]),
  };
}

/** What the tool server has; the tool's definition asks for a header that repeats an argument. */
const lists: Readonly<Record<string, JsonObject>> = {
  "resources/templates/list": { resourceTemplates: [{ uriTemplate: "crm://item/{id}", name: "item" }] },
  "tools/list": {
    tools: ["of_secrets", "of_others"].map((name) => ({
      name,
      inputSchema: { type: "object", properties: { path: { type: "string", "x-mcp-header": "Place" } } },
    })),
  },
};

export function json(res: ServerResponse, status: number, message: JsonObject): void {
  res.writeHead(status, { "content-type": "application/json", "x-server": "json" }).end(JSON.stringify(message));
}

export function nameIn({ params = {} }: JsonObject): string {
  const { name, uri, ref, taskId } = params as Record<"name" | "uri" | "taskId", string | undefined> & {
    ref?: { name?: string; uri?: string };
  };
  return name ?? uri ?? ref?.name ?? ref?.uri ?? taskId ?? "";
}

function bodyOf(version: Version, { method, params, capabilities = {} }: Sent): JsonObject {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  return {
    jsonrpc: "2.0",
    id: "q",
    method,
    params: { ...params, ...(version === "2026-07-28" ? { _meta: meta } : {}) },
  };
}

function mirrored({ method, params }: Sent): Record<string, string> {
  return { "mcp-method": method, ...("ref" in params ? {} : { "mcp-name": mirror(nameIn({ params })) }) };
}

/** As the protocol encodes what is not visible ASCII. */
function mirror(text: string): string {
  return /^[\x21-\x7e]+$/.test(text) ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

function exchanged(url: string, method: string, headers: Record<string, string>, body: string): Promise<Whole> {
  return new Promise<Whole>((done, failed) => {
    const req = request(url, { method, headers, agent: false }, (res) => void whole(res).then(done, failed));
    req.once("error", failed).end(body);
  });
}

async function whole(res: IncomingMessage): Promise<Whole> {
  let body = "";
  for await (const chunk of res.setEncoding("utf8")) body += chunk as string;
  return { status: res.statusCode, headers: res.rawHeaders, body };
}

/**
 * Two names of the same length, told apart by nothing but themselves; of decisions every one has an id of its own, and each sealing of a
 * session too. What looks like an id within a sealed state is none.
 */
export function withoutName(answer: Whole, name: string): string {
  const text = JSON.stringify(answer).replaceAll(name, "NAME");
  return text
    .replaceAll(/(?<![\w.-])d_[\w-]{22}(?![\w-])/g, "DECISION")
    .replaceAll(/("mcp-session-id"),"[\w-]+"/gi, '$1,"SESSION"')
    .replaceAll(/"[A-Z][a-z]{2}, \d\d .{17} GMT"/g, '"DATE"');
}

export function withoutApproval(answer: string): string {
  return answer
    .replaceAll(/(?<![\w.-])a_[\w-]{22}(?![\w-])/g, "APPROVAL")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}
