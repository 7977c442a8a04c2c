/** Held calls whose clients declare elicitation in URL mode: they are sent to the page of exactly that call, and nobody else is. */
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { ElicitationCompleteNotificationSchema, UrlElicitationRequiredError } from "@modelcontextprotocol/sdk/types.js";
import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { allowTools, closeClients, fixtureCommand, stdioClient } from "../support/stdio/stdio-clients.ts";

const people = { role: "data-approver", count: 1, approve_within: 900, execute_within: 300, justification: false };
const ids = ["page", "plain"];

const withoutKeys = `package sallyport.rules.site.keys

oblige contains {"type": "redact_arguments", "redactions": [{"pattern": "key-[0-9]+"}]} if {
	contains(input.context.arguments.value, "key-")
}
`;

let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  const hold = { silent_wait: "1s", tasks: false };
  gateway = await startGateway({
    routes: [
      commandRoute("page", { run: fixtureCommand }, { hold: { ...hold, approval_page: true } }),
      commandRoute("plain", { run: fixtureCommand }, { hold }),
    ],
    policy: async (copy) => {
      await copy.writeNew("sallyport/rules/site/keys/keys.rego", withoutKeys);
      for (const id of ids) {
        await allowTools(copy, id, ["echo"]);
        await copy.addData("catalog", { [id]: { echo: { reversible: false } } });
        await copy.addData("approvers", { [id]: { ...people, summaries: {} } });
      }
    },
  });
  approver = await gateway.approver();
});
afterEach(closeClients);
afterAll(() => gateway?.close());

const idIn = (url: string) => {
  const start = `${gateway.console}/approvals/`;
  expect(url.startsWith(start)).toBe(true);
  return url.slice(start.length);
};

describe("a client of MCP 2025-11-25", () => {
  test("that declares pages is sent to that of its call, which runs once when it comes again", async () => {
    const client = await stdioClient(gateway, "page", "alice", { elicitation: { url: {} } });
    const call = () => client.text("echo", { value: "one" });
    const refused = (await call().catch((error: unknown) => error)) as UrlElicitationRequiredError;
    expect(refused).toBeInstanceOf(UrlElicitationRequiredError);
    const [page] = refused.elicitations;
    const id = idIn(page?.url ?? "");
    expect(page).toMatchObject({
      mode: "url",
      elicitationId: id,
      message: expect.stringContaining("approval") as string,
    });
    const again = (await call().catch((error: unknown) => error)) as UrlElicitationRequiredError;
    expect(again.elicitations[0]?.elicitationId).toBe(id);
    const other = (await client
      .text("echo", { value: "two" })
      .catch((error: unknown) => error)) as UrlElicitationRequiredError;
    expect(other.elicitations[0]?.elicitationId).not.toBe(id);
    const completed: unknown[] = [];
    client.client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      completed.push(params.elicitationId);
    });
    // Nobody hears of it where the stream is not open yet.
    await client.listening;
    await approver.approve(id);
    await eventually("the notification", () => completed[0] ?? null);
    expect(await call()).toBe("one");
    expect(completed).toEqual([id]);
  });

  test("that declared pages before the gateway started again is sent to that of its call, too", async () => {
    const client = await stdioClient(gateway, "page", "dave", { elicitation: { url: {} } });
    await gateway.kill("SIGTERM");
    await gateway.startAgain();
    approver = await gateway.approver();
    const refused = await client.text("echo", { value: "after" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UrlElicitationRequiredError);
  });

  test.each([
    ["that declares forms alone", "page", { elicitation: {} }],
    ["that declares nothing", "page", {}],
    ["on a route without pages", "plain", { elicitation: { url: {} } }],
  ])("%s waits as before", async (_what, id, capabilities) => {
    const client = await stdioClient(gateway, id, "bob", capabilities);
    expect(await client.text("echo", { value: "three" })).toMatch(/Waiting for human approval/);
  });
});

describe("a client of MCP 2026-07-28", () => {
  async function connect(
    id: string,
    capabilities: object,
    answer: (url: string) => Promise<"accept" | "decline">,
  ): Promise<{ say(value: string): Promise<string>; close(): Promise<void> }> {
    const prefix = `/mcp/${id}`;
    const headers = { authorization: `Bearer ${gateway.token({ sub: "carol", role: "support" }, prefix)}` };
    const client = new ModernClient(
      { name: "carol", version: "1" },
      { capabilities, versionNegotiation: { mode: "auto" } },
    );
    if ("elicitation" in capabilities)
      client.setRequestHandler("elicitation/create", async ({ params }) => ({
        action: await answer("url" in params ? params.url : ""),
      }));
    await client.connect(new ModernTransport(new URL(gateway.agents + prefix), { requestInit: { headers } }));
    return {
      close: () => client.close(),
      say: async (value) => JSON.stringify((await client.callTool({ name: "echo", arguments: { value } })).content),
    };
  }

  /** Shows the page to somebody who approves the call there. */
  const approving = (shown: string[]) => async (url: string) => {
    shown.push(url);
    await approver.approve(idIn(url));
    return "accept" as const;
  };

  test("that declares pages gets that of its call, and its next round runs what was approved", async () => {
    const shown: string[] = [];
    const client = await connect("page", { elicitation: { url: {} } }, approving(shown));
    expect(await client.say("four")).toContain("four");
    expect(shown).toHaveLength(1);
    await client.close();
  });

  test("that declares pages gets one for a call of which something is taken out, and runs what is left", async () => {
    const shown: string[] = [];
    const client = await connect("page", { elicitation: { url: {} } }, approving(shown));
    expect(await client.say("key-1 of seven")).toContain("[redacted] of seven");
    expect(shown).toHaveLength(1);
    await client.close();
  });

  test("that does not open it is told that its call waits, and is not asked again", async () => {
    const shown: string[] = [];
    const client = await connect("page", { elicitation: { url: {} } }, async (url) => (shown.push(url), "decline"));
    expect(await client.say("five")).toMatch(/Waiting for human approval/);
    expect(shown).toHaveLength(1);
    await client.close();
  });

  test.each([
    ["that declares forms alone", "page", { elicitation: { form: {} } }],
    ["that declares nothing", "page", {}],
    ["on a route without pages", "plain", { elicitation: { url: {} } }],
  ])("%s waits as before", async (_what, id, capabilities) => {
    const client = await connect(id, capabilities, () => Promise.reject(new Error("asked")));
    expect(await client.say("six")).toMatch(/Waiting for human approval/);
    await client.close();
  });
});
