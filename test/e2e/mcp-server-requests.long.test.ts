/** What MCP servers ask the agents that call them: judged, recorded, and answered with an error where it is refused. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { readLog } from "../conformance/attacks/support/log.ts";
import { speakerAt } from "../support/mcp-messages.ts";
import { requirementInRego } from "../support/approval-requirement.ts";
import { eventually } from "../support/eventually.ts";
import { crmRoute } from "../support/routes.ts";
import { type SdkOneServer, sdkOneServer } from "../support/sdk-one-server.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { startSseFixture, type SseFixture } from "../support/stdio/sse-fixture.ts";
import { allowTools, fixtureCommand } from "../support/stdio/stdio-clients.ts";

const tools = "plain asks samples roots late secret page many".split(" ");
/** Routes to the same server, under names that the policy tells apart. */
const named = ["any", "quiet", "some", "asked"];

/** A site's rule, which wants people to approve what this server asks. */
const holds = `package sallyport.rules.site.asked

import data.sallyport.lib.asked
import data.sallyport.reason

# METADATA
# title: People look at what this server asks
# custom:
#   code: SERVER_ASKS
#   severity: medium
#   controls: [ASI01]
_asks := reason.of(rego.metadata.chain())

hold contains {"reason": _asks, "approval": requirement} if {
	asked.kind
	input.resource.properties.server == "asked"
}

${requirementInRego('"what the server asks"')}`;

let server: SdkOneServer;
let old: SseFixture;
let gateway: TestGateway;

beforeAll(async () => {
  [server, old] = await Promise.all([sdkOneServer(), startSseFixture()]);
  const route = (id: string) =>
    crmRoute(server.origin, { id, prefix: `/mcp/${id}`, server: id, credential: undefined });
  const upstream = { origin: old.origin, transport: "sse", allow_addresses: ["loopback"] };
  gateway = await startGateway({
    routes: [
      ...named.map(route),
      commandRoute("command", { run: fixtureCommand }),
      crmRoute(old.origin, {
        id: "old",
        prefix: "/mcp/old",
        server: "old",
        rewrite: "/sse",
        credential: undefined,
        upstream,
      }),
    ],
    policy: async (copy) => {
      for (const id of named) await allowTools(copy, id, tools);
      for (const id of ["command", "old"]) await allowTools(copy, id, ["ask"]);
      await copy.addData("server_requests", {
        quiet: {},
        command: {},
        old: {},
        some: {
          elicitation: true,
          roots: true,
          tools: { asks: true, late: true, page: true },
          url_hosts: ["sign.example"],
        },
      });
      await copy.writeNew("sallyport/rules/site/asked/asked.rego", holds);
    },
  });
});
afterAll(() => Promise.all([gateway?.close(), server?.close(), old?.close()]));

const clients: Client[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

interface Asked {
  readonly client: Client;
  /** What the client was asked. */
  readonly heard: string[];
  /** The text of a tool's result. */
  text(tool: string): Promise<string>;
}

async function connect(id: string): Promise<Asked> {
  const heard: string[] = [];
  const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
  const client = new Client({ name: "tests", version: "1" }, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, ({ method }) => (heard.push(method), { action: "decline" }));
  client.setRequestHandler(
    ListRootsRequestSchema,
    ({ method }) => (heard.push(method), { roots: [{ uri: "file:///a" }] }),
  );
  client.setRequestHandler(CreateMessageRequestSchema, ({ method }) => {
    heard.push(method);
    return { role: "assistant", model: "tests", content: { type: "text", text: "yes" } };
  });
  const token = gateway.token({ sub: "support-bot", role: "support" }, `/mcp/${id}`);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.agents}/mcp/${id}`), { requestInit }));
  clients.push(client);
  return {
    client,
    heard,
    async text(name) {
      const { content } = (await client.callTool({ name, arguments: {} })) as { content: { text?: string }[] };
      return content.map((part) => part.text ?? "").join("");
    },
  };
}

interface Logged {
  readonly kind: string;
  readonly decision_id: string;
  readonly route: string;
  readonly action: string;
  readonly tool: string;
  readonly input: unknown;
  readonly result: { readonly effect: string; readonly reasons: readonly { readonly code: string }[] };
  readonly outcome: string;
}

const methods = ["elicitation/create", "sampling/createMessage", "roots/list"];

/** The records of what servers asked on a route, each with its outcome, once there are so many. */
function recorded(route: string, count: number) {
  return eventually("the records", async () => {
    const all = (await readLog(gateway.logDir)).lines as unknown as readonly Logged[];
    const found = all.filter(
      (line) => line.kind === "decision" && line.route === route && methods.includes(line.action),
    );
    const whole = found.map(({ action, tool, result, input, decision_id: id }) => ({
      action,
      tool,
      input,
      effect: result.effect,
      code: result.reasons[0]?.code,
      outcome: all.find((line) => line.kind === "outcome" && line.decision_id === id)?.outcome,
    }));
    return whole.length >= count && whole.every(({ outcome }) => outcome !== undefined) ? whole : null;
  });
}

const kinds = [
  ["asks", "elicitation/create", "elicitation", "the person said decline"],
  ["samples", "sampling/createMessage", "sampling", "the model was tests"],
  ["roots", "roots/list", "roots", "file:///a"],
] as const;

describe("a request of a server", () => {
  test("reaches the client that policy lets it ask, on the stream of the call and of the session", async () => {
    const { text, heard } = await connect("any");
    for (const [tool, method, , said] of kinds) {
      expect(await text(tool)).toBe(said);
      expect(heard.splice(0)).toEqual([method]);
    }
    expect(await text("late")).toBe("the person said decline");
    const all = await recorded("any", 4);
    expect(all.map(({ action, tool, effect, outcome }) => [action, tool, effect, outcome])).toEqual(
      [...kinds.map(([, method]) => method), "elicitation/create"].map((method) => [
        method,
        "any",
        "allow",
        "forwarded",
      ]),
    );
    expect(all.map(({ input }) => input)).toMatchObject(
      [...kinds.map(([tool, , kind]) => [tool, kind]), ["late", "elicitation"]].map(([tool, type]) => ({
        phase: "call",
        subject: { id: "support-bot" },
        resource: { type, id: "any", properties: { server: "any", tool } },
      })),
    );
    expect(all[0]?.input).toMatchObject({
      context: { arguments: { message: "Sure?", requestedSchema: { type: "object" } } },
    });
  });

  test("that policy refuses is answered with an error, and the call goes on", async () => {
    const { text, heard } = await connect("quiet");
    for (const [tool] of [...kinds, ["late"]])
      expect(await text(tool)).toMatch(/Policy does not allow the tool server/);
    expect(heard).toEqual([]);
    for (const { effect, code, outcome } of await recorded("quiet", 4))
      expect([effect, code, outcome]).toEqual(["deny", "NO_RULE_PERMITS", "refused"]);
  });

  test("may be let through during some tools alone, and to pages of some hosts", async () => {
    const { text, heard } = await connect("some");
    expect(await text("asks")).toBe("the person said decline");
    expect(await text("late")).toBe("the person said decline");
    for (const tool of ["roots", "samples", "page"]) expect(await text(tool)).toMatch(/Policy does not allow/);
    expect(heard).toEqual(["elicitation/create", "elicitation/create"]);
    expect((await recorded("some", 5)).map(({ code }) => code)).toEqual([
      ...["SERVER_MAY_ASK", "SERVER_MAY_ASK", "NO_RULE_PERMITS", "NO_RULE_PERMITS", "PAGE_NOT_ALLOWED"],
    ]);
  });

  test("for a password is refused, and one to a page over https is not", async () => {
    const { text, heard } = await connect("any");
    expect(await text("secret")).toMatch(/Policy does not allow/);
    expect(heard).toEqual([]);
    expect(await text("page")).toBe("the person said decline");
  });

  test("for forty fields with a title and a description each is within the policy's budget", async () => {
    const { text } = await connect("any");
    expect(await text("many")).toBe("the person said decline");
  });

  test("that people would have to approve is refused under a name of its own", async () => {
    const { text, heard } = await connect("asked");
    expect(await text("asks")).toMatch(/such a request cannot wait/);
    expect(heard).toEqual([]);
    expect((await recorded("asked", 1))[0]).toMatchObject({ effect: "hold", code: "SERVER_ASKS", outcome: "refused" });
  });

  test.each([
    ["a command", "command"],
    ["a server of HTTP with SSE", "old"],
  ])("of %s is answered with an error where it is refused", async (_what, id) => {
    const { text, heard } = await connect(id);
    expect(await text("ask").catch(String)).toMatch(/Policy does not allow/);
    expect(heard).toEqual([]);
    expect((await recorded(id, 1))[0]).toMatchObject({ effect: "deny", outcome: "refused" });
  });

  test("that is refused leaves no call at a command, so that its next question is judged too", async () => {
    const { ask } = speakerAt(gateway, "2026-07-28", {
      prefix: "/mcp/command",
      capabilities: { elicitation: {} },
    });
    const said = async () => JSON.stringify(await ask("tools/call", { name: "ask", arguments: {} }));
    for (const answer of [await said(), await said()]) expect(answer).toMatch(/Policy does not allow/);
  });
});
