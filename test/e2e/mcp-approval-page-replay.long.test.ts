/** The state that goes with an approval page (MCP 2026-07-28), sent again once its approval has ended, and in other hands. */
import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { commandRoute } from "../support/stdio/command-route.ts";
import { allowTools, fixtureCommand } from "../support/stdio/stdio-clients.ts";

const people = { role: "data-approver", count: 1, approve_within: 900, execute_within: 300, justification: false };
const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": { elicitation: { url: {} } },
};
const inputResponses = { "sallyport-approval": { action: "accept" } };

interface Told {
  readonly code: string;
  readonly approvalId?: string;
  readonly expiresAt?: string;
}

interface Answer {
  readonly error?: { readonly code: number; readonly data: { readonly code: string } };
  readonly result?: {
    readonly resultType: string;
    readonly requestState?: string;
    readonly content?: readonly { readonly text: string }[];
    readonly _meta?: { readonly "dev.sallyport/decision"?: Told };
  };
}

let gateway: TestGateway;
let approver: Approver;

beforeAll(async () => {
  const hold = { silent_wait: "1s", tasks: false, approval_page: true };
  gateway = await startGateway({
    routes: [
      commandRoute("page", { run: fixtureCommand }, { hold }),
      commandRoute("beside", { run: fixtureCommand }, { hold, server: "page" }),
      commandRoute("once", { run: fixtureCommand }, { hold: { ...hold, keep_result: "0s" } }),
      commandRoute("brief", { run: fixtureCommand }, { hold }),
    ],
    policy: async (copy) => {
      for (const id of ["page", "once", "brief"]) {
        await allowTools(copy, id, ["echo"]);
        await copy.addData("catalog", { [id]: { echo: { reversible: false } } });
        const approve_within = id === "brief" ? 5 : people.approve_within;
        await copy.addData("approvers", { [id]: { ...people, approve_within, summaries: {} } });
      }
    },
  });
  approver = await gateway.approver();
});
afterAll(() => gateway?.close());

let sent = 0;

async function call(value: string, more: object = {}, { route = "page", sub = "alice" } = {}): Promise<Answer> {
  const prefix = `/mcp/${route}`;
  const answer = await fetch(gateway.agents + prefix, {
    method: "POST",
    headers: {
      authorization: `Bearer ${gateway.token({ sub, role: "support" }, prefix)}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "echo",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: (sent += 1),
      method: "tools/call",
      params: { name: "echo", arguments: { value }, _meta: meta, ...more },
    }),
  });
  const text = await answer.text();
  return JSON.parse(text.startsWith("{") ? text : (text.trim().split("data: ").at(-1) ?? "")) as Answer;
}

const decisionIn = ({ result }: Answer) => result?._meta?.["dev.sallyport/decision"];
const open = async () => (await approver.open()).length;

/** A held call: what its caller is given for the next round, and its approval. */
async function held(value: string, route = "page") {
  const first = await call(value, {}, { route });
  const { requestState = "" } = first.result ?? {};
  const { approvalId: id = "", expiresAt = "" } = decisionIn(first) ?? {};
  return { again: { requestState, inputResponses }, id, until: Date.parse(expiresAt) };
}

test("gives its caller once more what the call came to, and is refused after that: nobody is asked again", async () => {
  const { again, id } = await held("kept");
  await approver.approve(id);
  expect((await call("kept", again)).result?.content).toEqual([{ type: "text", text: "kept" }]);
  const before = await open();
  expect((await call("kept", again)).result?.content).toEqual([{ type: "text", text: "kept" }]);
  for (let time = 0; time < 2; time += 1)
    expect(decisionIn(await call("kept", again))).toMatchObject({ code: "approval_consumed" });
  expect(await open()).toBe(before);
});

test("is refused at once where no result is kept", async () => {
  const { again, id } = await held("once", "once");
  await approver.approve(id);
  expect((await call("once", again, { route: "once" })).result?.content).toEqual([{ type: "text", text: "once" }]);
  const before = await open();
  expect(decisionIn(await call("once", again, { route: "once" }))).toMatchObject({ code: "approval_consumed" });
  expect(await open()).toBe(before);
});

test.each<[string, (id: string) => unknown]>([
  ["approval_expired", () => undefined],
  ["approval_denied", (id) => approver.deny(id, "not this one, thank you")],
])("is refused with %s after an approval that ended so: nobody is asked again", async (code, end) => {
  const { again, id, until } = await held(code, "brief");
  await end(id);
  const as = { route: "brief" };
  await eventually("the time for an answer is over", () => (Date.now() > until ? true : null));
  const before = await approver.open();
  for (let time = 0; time < 2; time += 1)
    expect(decisionIn(await call(code, again, as))).toMatchObject({ code, approvalId: id });
  const known = new Set(before.map((item) => item.id));
  expect((await approver.open()).filter((item) => !known.has(item.id))).toEqual([]);
  // A call without the state is one of its own.
  expect(decisionIn(await call(code, {}, as))).toMatchObject({ code: "approval_pending" });
});

test.each<[string, boolean, { readonly value?: string; readonly sub?: string; readonly route?: string }]>([
  ["with other arguments", false, { value: "more" }],
  ["by another caller", false, { sub: "bob" }],
  ["on another route of its server", false, { route: "beside" }],
  ["on the route of another server", false, { route: "once" }],
  ["with other arguments, once its approval is used", true, { value: "more" }],
  ["by another caller, once its approval is used", true, { sub: "bob" }],
  ["on another route of its server, once its approval is used", true, { route: "beside" }],
])("is refused %s", async (_what, isUsed, { value, ...as }) => {
  const mine = `mine ${sent}`;
  const { again, id } = await held(mine);
  await approver.approve(id);
  if (isUsed) expect((await call(mine, again)).result?.content).toEqual([{ type: "text", text: mine }]);
  const before = await open();
  const refused = await call(value ?? mine, again, as);
  expect(refused.error).toMatchObject({ code: -32602, data: { code: "mcp_state_refused" } });
  expect(await open()).toBe(before);
});
