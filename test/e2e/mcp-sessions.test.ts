/** Sessions of MCP's transport, over real listeners. */
import { join } from "node:path";
import { openDatabase } from "../../gateway/store/database.ts";
import { eventually } from "../support/eventually.ts";
import { startAskingServer } from "../support/asking-server.ts";
import { crmRoute } from "../support/routes.ts";
import { startSessionCrm } from "../support/session-crm.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";
import { taskClient } from "../support/task-clients.ts";

let crm: Awaited<ReturnType<typeof startSessionCrm>>;
let wordy: typeof crm;
let id = "";
let asking: Awaited<ReturnType<typeof startAskingServer>>;
let gateway: TestGateway;
beforeAll(async () => {
  crm = await startSessionCrm();
  // As a signed token is (MCP 2025-11-25, "Session Management"); and one too long.
  wordy = await startSessionCrm(() => id);
  asking = await startAskingServer();
  const words = { id: "wordy", prefix: "/mcp/wordy" };
  const asks = { id: "asking", prefix: "/mcp/asking" };
  gateway = await startGateway({
    routes: [crmRoute(crm.origin), crmRoute(wordy.origin, words), crmRoute(asking.origin, asks)],
  });
});
afterAll(() => Promise.all([gateway?.close(), crm?.close(), wordy?.close(), asking?.close()]));

const tokenOf = (sub: string, prefix = "/mcp/crm") => gateway.token({ sub, role: "support" }, prefix);

interface How {
  readonly method?: string;
  readonly prefix?: string;
}

function send(token: string, session: string | null, message: object | null, how: How = {}): Promise<Response> {
  const { method = "POST", prefix = "/mcp/crm" } = how;
  return fetch(gateway.agents + prefix, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      ...(session === null ? {} : { "mcp-session-id": session }),
    },
    ...(message === null ? {} : { body: JSON.stringify({ jsonrpc: "2.0", ...message }) }),
  });
}

const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
const initialize = { id: 0, method: "initialize", params };

async function begin(token: string, prefix = "/mcp/crm"): Promise<string> {
  const answer = await send(token, null, initialize, { prefix });
  await answer.body?.cancel();
  return answer.headers.get("mcp-session-id") ?? "";
}

const list = { id: 1, method: "tools/list" };

it("belong to the caller that began them, whatever token it comes with, and to nobody else", async () => {
  const session = await begin(tokenOf("first-bot"));
  // Before its owner has named it once.
  for (const method of ["POST", "GET", "DELETE"]) {
    const answer = await send(tokenOf("second-bot"), session, method === "POST" ? list : null, { method });
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("mcp_session_unknown")]);
  }
  const own = await send(tokenOf("first-bot"), session, list);
  expect([own.status, await own.text()]).toEqual([200, expect.stringContaining('"tools"')]);
});

it("may have ids of 1,024 characters at the tool server, and do not begin with a longer one", async () => {
  const prefix = "/mcp/wordy";
  const token = tokenOf("wordy-bot", prefix);
  id = "x".repeat(1_024);
  const session = await begin(token, prefix);
  const answer = await send(token, session, list, { prefix });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"tools"')]);
  id = "x".repeat(1_025);
  const refused = await send(token, null, initialize, { prefix });
  expect([refused.headers.get("mcp-session-id"), await refused.text()]).toEqual([
    null,
    expect.stringContaining("upstream_answer_refused"),
  ]);
});

it.each([36, 650, 1_024])("with an id of %d characters end as any other: revoked, or with their key", async (size) => {
  const prefix = "/mcp/wordy";
  const token = tokenOf(`wordy-bot-${size}`, prefix);
  id = "y".repeat(size);
  const session = await begin(token, prefix);
  // As when the key is 30 days old.
  const old = await send(token, `AAAAAAAA${session.slice(8)}`, list, { prefix });
  expect([old.status, await old.text()]).toEqual([404, expect.stringContaining("mcp_session_unknown")]);
  const used = await send(token, session, list, { prefix });
  expect([used.status, await used.text()]).toEqual([200, expect.stringContaining('"tools"')]);
  const approver = await gateway.approver();
  await approver.post("/api/revocations", { kind: "session", target: id, reason: "stolen", anyway: true });
  const over = await send(token, session, list, { prefix });
  expect(await over.text()).toContain("access_revoked");
});

it("begin at a tool server that asks something before it answers", async () => {
  const prefix = "/mcp/asking";
  const token = tokenOf("asked-bot", prefix);
  const answer = await send(token, null, initialize, { prefix });
  const session = answer.headers.get("mcp-session-id");
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let told = "";
  while (!told.includes('"ping"')) told += (await reader?.read())?.value ?? "";
  const pong = await send(token, session, { id: "p-1", result: {} }, { prefix });
  expect([pong.status, await pong.text()]).toEqual([202, ""]);
  while (!told.includes('"protocolVersion"')) told += (await reader?.read())?.value ?? "";
});

it("are the tool server's own 404 when it has lost them, at which a client begins a new one", async () => {
  const token = tokenOf("third-bot");
  const session = await begin(token);
  crm.forget();
  const lost = await send(token, session, list);
  expect([lost.status, await lost.text()]).toEqual([404, ""]);
  const again = await send(token, await begin(token), list);
  expect([again.status, await again.text()]).toEqual([200, expect.stringContaining('"tools"')]);
});

it("of a held call is stored with its task as the tool server knows it, so that gateways of before can run it too", async () => {
  const approver = await gateway.approver();
  const client = await taskClient("v1 sdk", `${gateway.agents}/mcp/crm`, tokenOf("task-bot"));
  try {
    const call = client.call("delete_customer", { customer_id: "c-task" });
    const item = await eventually("the deletion is in the inbox", async () => {
      return (
        (await approver.open()).find(({ state, summary }) => state === "held" && summary.includes("c-task")) ?? null
      );
    });
    await eventually("a task", () => (call.steps.length > 0 ? true : null));
    const { headers } = storedCall();
    const session = headers[headers.findIndex((name) => name.toLowerCase() === "mcp-session-id") + 1] ?? "";
    expect([session, crm.knows(session)]).toEqual([session, true]);
    await approver.approve(item.id);
    expect(await call.result).toMatchObject({ isError: false, text: "deleted c-task" });
    expect(crm.deletions("c-task")).toBe(1);
  } finally {
    await client.close();
  }
});

function storedCall(): { readonly headers: readonly string[] } {
  const database = openDatabase(join(gateway.dir, "data", "sallyport.db"));
  try {
    const rows = database.prepare("SELECT request FROM mcp_tasks").all();
    expect(rows).toHaveLength(1);
    return JSON.parse(String(rows[0]?.["request"])) as { readonly headers: readonly string[] };
  } finally {
    database.close();
  }
}
