/** Access of sessions whose ids are as long as a tool server may make them, ended by each of their names. */
import type { Approver } from "../../demo/agent/approver.ts";
import { longestTransportSession } from "../../gateway/domain/transport-session.ts";
import { crmRoute } from "../support/routes.ts";
import { startSessionCrm } from "../support/session-crm.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

let count = 0;
let crm: Awaited<ReturnType<typeof startSessionCrm>>;
let gateway: TestGateway;
let approver: Approver;
beforeAll(async () => {
  crm = await startSessionCrm(() => `${(count += 1)}`.padEnd(longestTransportSession, '"'));
  gateway = await startGateway({ routes: [crmRoute(crm.origin)] });
  approver = await gateway.approver();
});
afterAll(() => Promise.all([gateway?.close(), crm?.close()]));

function send(token: string, message: object, session: string | null = null): Promise<Response> {
  return fetch(`${gateway.agents}/mcp/crm`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      ...(session === null ? {} : { "mcp-session-id": session }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
}

async function begin(token: string): Promise<string> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  const answer = await send(token, { id: 0, method: "initialize", params });
  await answer.text();
  return answer.headers.get("mcp-session-id") ?? "";
}

interface Listed {
  readonly items: readonly { readonly id: string; readonly ref: string }[];
}

it.each(["id", "ref"] as const)("ends the access of a session with the longest id by its %s", async (name) => {
  const sub = `long-${name}`;
  const token = gateway.token({ sub, role: "support" }, "/mcp/crm");
  const session = await begin(token);
  const list = async () => {
    const answer = await send(token, { id: 1, method: "tools/list" }, session);
    return [answer.status, await answer.text()];
  };
  expect(await list()).toEqual([200, expect.stringContaining('"tools"')]);
  // The page lists sessions with calls of tools.
  const call = { name: "find_ticket", arguments: { item: "x" } };
  await (await send(token, { id: 2, method: "tools/call", params: call }, session)).text();
  const { items } = (await approver.get(`/api/sessions?subject=${sub}`)) as Listed;
  const target = items.find(({ id }) => id.length === longestTransportSession)?.[name];
  expect([items.map(({ id }) => id.length), target]).toEqual([[longestTransportSession], expect.any(String)]);
  await approver.post("/api/revocations", { kind: "session", target, reason: "left" });
  expect(await list()).toEqual([expect.any(Number), expect.stringContaining("access_revoked")]);
});
