import type { Approver } from "../../demo/agent/approver.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import { eventually } from "../support/eventually.ts";
import { clientNames, decisionOf, mcpClient, type McpClient } from "../support/mcp-clients.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { thousandNames, thousandTools, type ThousandTools } from "../support/thousand-tools.ts";

const [search, listed, taken, renamed] = ["/mcp/search", "/mcp/listed", "/mcp/taken", "/mcp/renamed"];
const hidden = "delete_payroll";
const held = "delete_customer";
const facts = { sensitivity: "low", reversible: true, mutates: false, sink: "internal", owner: "tests" };

const inSessions = "/mcp/sessions";

let server: ThousandTools;
let sessionServer: ThousandTools;
let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  [server, sessionServer] = await Promise.all([thousandTools(), thousandTools("sessions")]);
  const many = { server: "thousand", credential: undefined, hold: { silent_wait: "1s" } };
  const other = { server: "other", credential: undefined };
  const [offer, otherwise] = [{ offer: "search" }, { offer: "search", search_as: "find", call_as: "run" }];
  gateway = await startGateway({
    routes: [
      crmRoute(server.origin, { ...many, id: "search", prefix: search, tools: offer }),
      crmRoute(server.origin, { ...many, id: "listed", prefix: listed }),
      crmRoute(sessionServer.origin, { ...many, id: "sessions", prefix: inSessions, tools: offer }),
      crmRoute(server.origin, { ...other, id: "taken", prefix: taken, tools: offer }),
      crmRoute(server.origin, { ...other, id: "renamed", prefix: renamed, tools: otherwise }),
    ],
    policy: async (copy) => {
      const known = thousandNames.filter((name) => name !== hidden);
      const catalog = known.map((name) => [name, { ...facts, returns: { own_text: true }, reversible: name !== held }]);
      await copy.addData("catalog", { thousand: Object.fromEntries(catalog), other: { call_tool: facts } });
      const asked = { role: "data-approver", count: 1, approve_within: 900, execute_within: 300 };
      await copy.addData("approvers", { thousand: { ...asked, justification: false, summaries: {} } });
      const all = { tools: { "*": true } };
      await copy.addData("entitlements", { support: { thousand: all, other: { ...all } } });
    },
  });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), server?.close(), sessionServer?.close()]));

/** Of a decision in the log. */
interface Line {
  readonly kind: string;
  readonly decision_id: string;
  readonly tool: string;
  readonly action: string;
  readonly judged_digest: string;
  readonly result: { readonly effect: string };
  readonly input: {
    readonly resource: object;
    readonly action: object;
    readonly context: { readonly arguments: object };
  };
}

interface Found {
  readonly tools: readonly { readonly name: string; readonly inputSchema: object }[];
  readonly more?: number;
}

describe.each(clientNames)("a search in the place of a list of 1,000 tools, used by %s", (name) => {
  const suffix = name.replace(" ", "-");
  let client: McpClient;
  let direct: McpClient;

  beforeAll(async () => {
    [client, direct] = await Promise.all([connect(search), connect(listed)]);
  });
  afterAll(() => Promise.all([client?.close(), direct?.close()]));

  function connect(prefix: string): Promise<McpClient> {
    const token = gateway.token({ sub: `support-${suffix}`, role: "support" }, prefix);
    return mcpClient(name, gateway.agents + prefix, token);
  }

  async function found(query: string, more: object = {}): Promise<Found> {
    const { text, isError } = await client.call("search_tools", { query, ...more });
    expect(isError).toBe(false);
    return JSON.parse(text) as Found;
  }

  /** What a call came to, told apart by nothing but the name of the tool. */
  async function outcomeOf(call: Promise<unknown>, tool: string): Promise<string> {
    const told = await call.then((result) => JSON.stringify(result), String);
    return told.replaceAll(tool, "X").replaceAll(/[da]_[A-Za-z0-9]+/g, "ID");
  }

  it("lists two tools", async () => {
    expect(await client.tools()).toEqual(["search_tools", "call_tool"]);
  });

  it("finds tools by words, from every page of the server's list, with what is needed to call them", async () => {
    const { tools, more } = await found("update a report", { limit: 3 });
    expect(tools[0]).toMatchObject({ name: "update_report", inputSchema: { properties: { id: { type: "string" } } } });
    expect(tools).toHaveLength(3);
    expect(more).toBeGreaterThan(0);
    expect((await found("zebra crossing")).tools).toEqual([]);
  });

  it("sends the call of a found tool as its caller would have sent it, and gives back the tool's own result", async () => {
    const args = { id: "i-1", amount: 1.1, region: "eu" };
    server.arrived.length = 0;
    const result = await client.call("call_tool", { name: "read_invoice", arguments: args });
    expect(JSON.parse(result.text)).toEqual({ name: "read_invoice", arguments: args });
    await direct.tools();
    await direct.call("read_invoice", args);
    const [wrapped, plain] = server.arrived.filter(({ body }) => body.includes('"tools/call"'));
    const [sent, expected] = [wrapped, plain].map((one) => JSON.parse(one?.body ?? "{}") as { params: object });
    expect(sent?.params).toEqual(expected?.params);
    expect(wrapped?.headers["mcp-name"]).toBe(plain?.headers["mcp-name"]);
    if (name === "v2 modern")
      expect(wrapped?.headers).toMatchObject({ "mcp-name": "read_invoice", "mcp-param-region": "eu" });
  });

  it("neither finds nor calls a hidden tool, which is refused as one that does not exist", async () => {
    const names = (await found("delete payroll", { limit: 25 })).tools.map((tool) => tool.name);
    expect(names).not.toContain(hidden);
    const wrapped = (tool: string) => outcomeOf(client.call("call_tool", { name: tool }), tool);
    expect(await wrapped(hidden)).toContain("Unknown tool: X");
    expect(await wrapped(hidden)).toBe(await wrapped("no_such_tool"));
    expect(await wrapped(hidden)).toBe(await outcomeOf(direct.call(hidden), hidden));
  });

  it("holds a call as one of the real tool, which is the same call when it is sent directly", async () => {
    const args = { id: `c-${suffix}` };
    const pending = await client.call("call_tool", { name: held, arguments: args });
    expect(decisionOf(pending)).toMatchObject({ outcome: "pending" });
    const item = await eventually("the deletion is in the inbox", async () => {
      return (await approver.open()).find(({ id }) => id === decisionOf(pending).approvalId) ?? null;
    });
    expect(item).toMatchObject({ tool: `thousand/${held}` });
    await approver.approve(item.id);
    const result = await client.call(held, args);
    expect(JSON.parse(result.text)).toEqual({ name: held, arguments: args });
    const again = await client.call("call_tool", { name: held, arguments: args });
    expect([decisionOf(again).outcome, again.text]).toEqual(["replayed", result.text]);
  });

  it("tells a model what is wrong with its arguments", async () => {
    for (const [tool, args] of [
      ["search_tools", {}],
      ["search_tools", { query: "a", limit: 1000 }],
      ["call_tool", { tool: "read_invoice" }],
      ["call_tool", { name: "read_invoice", arguments: "{}" }],
      ["call_tool", { name: "call_tool", arguments: { name: "read_invoice" } }],
    ] as const) {
      const refused = await client.call(tool, args);
      expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining("do not fit the tool")]);
    }
  });
});

it("judges and records a wrapped call as the direct one, to the digest of what is sent", async () => {
  const call = async (prefix: string, params: object): Promise<Line> => {
    const token = gateway.token({ sub: "support-record", role: "support" }, prefix);
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    const body = JSON.stringify({ jsonrpc: "2.0", id: "same", method: "tools/call", params });
    const response = await fetch(gateway.agents + prefix, { method: "POST", headers, body });
    const decision = response.headers.get("sallyport-decision");
    await response.text();
    return eventually("the record", async () => {
      const lines = (await readLog(gateway.logDir)).lines as unknown as readonly Line[];
      return lines.find((line) => line.kind === "decision" && line.decision_id === decision) ?? null;
    });
  };
  const real = { name: "read_order", arguments: { id: "o-1", amount: 1.5 } };
  const wrapped = await call(search, { name: "call_tool", arguments: real });
  const direct = await call(listed, real);
  const compared = ({ tool, action, judged_digest, result, input }: Line) => {
    const { resource, action: asked, context } = input;
    return { tool, action, judged_digest, effect: result.effect, resource, asked, arguments: context.arguments };
  };
  expect(compared(wrapped)).toMatchObject({ tool: "thousand/read_order", action: "tools/call", effect: "allow" });
  expect(JSON.stringify(compared(wrapped)).replaceAll(search, listed)).toBe(JSON.stringify(compared(direct)));
});

it("finds and calls tools in a session of a server of SDK 1, whose answers are event streams", async () => {
  const token = gateway.token({ sub: "support-session", role: "support" }, inSessions);
  for (const name of ["v1 sdk", "v2 legacy"] as const) {
    const client = await mcpClient(name, gateway.agents + inSessions, token);
    expect(await client.tools()).toEqual(["search_tools", "call_tool"]);
    const found = await client.call("search_tools", { query: "update reports", limit: 1 });
    expect(found.text).toContain("update_report");
    const heard = await client.call("call_tool", { name: "update_report", arguments: { id: "r" } });
    expect(JSON.parse(heard.text)).toEqual({ name: "update_report", arguments: { id: "r" } });
    await client.close();
  }
});

it("names a tool of the server that has the name of the gateway's own, until they are named otherwise", async () => {
  server.more.push({ name: "call_tool", description: "Calls somebody.", inputSchema: { type: "object" } });
  const healthy = async () => (await fetch(`${gateway.console}/healthz`)).text();
  const connect = (prefix: string) =>
    mcpClient("v1 sdk", gateway.agents + prefix, gateway.token({ sub: "support-names", role: "support" }, prefix));
  const [client, other] = await Promise.all([connect(taken), connect(renamed)]);
  expect(await other.tools()).toEqual(["find", "run"]);
  expect((await other.call("find", { query: "call_tool" })).text).toContain("Calls somebody.");
  expect((await other.call("run", { name: "call_tool" })).text).toContain("call_tool");
  expect(await healthy()).not.toContain("on the route");
  expect((await client.call("search_tools", { query: "call_tool" })).text).not.toContain("Calls somebody.");
  expect(await healthy()).toContain("call_tool on the route taken");
  await Promise.all([client.close(), other.close()]);
});
