import type { JsonObject } from "../../../gateway/lib/json.ts";
import { BridgeSession } from "../../../gateway/stdio/session.ts";
import { eventually } from "../../support/eventually.ts";
import { messagesOf, playBridge } from "../../support/stdio/play-bridge.ts";
import { turn } from "../../support/stdio/pipes.ts";

const call = (more: object = {}) => ({
  jsonrpc: "2.0" as const,
  id: 1,
  method: "tools/call",
  params: { name: "t" },
  ...more,
});

async function initialized(per: "route" | "person" | "session", protocolVersion: string): Promise<JsonObject> {
  const { send, servers } = playBridge({ per });
  const params = { protocolVersion, capabilities: { roots: {} }, clientInfo: { name: "c", version: "1" } };
  const [answer] = await messagesOf(await send({ jsonrpc: "2.0", id: 0, method: "initialize", params }));
  return { ...(answer?.["result"] as JsonObject), asked: servers[0]?.received[0]?.["params"] ?? null };
}

test("answers initialize in a version that the client and the tool server know", async () => {
  expect(await initialized("person", "2025-06-18")).toMatchObject({ protocolVersion: "2025-06-18" });
  expect(await initialized("person", "2030-01-01")).toMatchObject({ protocolVersion: "2025-11-25" });
});

test("gives a tool server of its own the client's words, and a shared one those of the bridge, without roots", async () => {
  expect(await initialized("session", "2025-11-25")).toMatchObject({ asked: { capabilities: { roots: {} } } });
  const shared = await initialized("route", "2025-11-25");
  expect(shared).toMatchObject({ asked: { clientInfo: { name: "sallyport" } } });
  expect(JSON.stringify(shared["asked"])).not.toContain("roots");
});

test("hides the tasks of a tool server that all callers share", async () => {
  expect(JSON.stringify(await initialized("route", "2025-11-25"))).not.toContain('"tasks"');
  expect(JSON.stringify(await initialized("person", "2025-11-25"))).toContain('"tasks"');
  const { begin, send, servers } = playBridge({ per: "route" });
  const session = await begin();
  for (const message of [{ ...call(), method: "tasks/list" }, call({ params: { name: "t", task: {} } })])
    expect(await messagesOf(await send(message, { session }))).toMatchObject([{ error: { code: -32_601 } }]);
  expect(servers[0]?.received.some(({ method }) => String(method).includes("task"))).toBe(false);
});

test("sends progress and questions on the stream of the call that they are about", async () => {
  const { begin, send, servers } = playBridge({ per: "person" }, () => undefined);
  const session = await begin("alice", { capabilities: { sampling: {} } });
  const answer = await send(call({ params: { name: "t", _meta: { progressToken: "p" } } }), { session });
  const server = servers[0];
  const id = server?.last()["id"];
  server?.say({ method: "notifications/progress", params: { progressToken: id, progress: 1 } });
  server?.say({ id: "q", method: "sampling/createMessage", params: {} });
  await turn();
  const asked = Number(1);
  await send({ jsonrpc: "2.0", id: asked, result: { role: "assistant" } }, { session });
  await turn();
  expect(server?.last()).toEqual({ jsonrpc: "2.0", id: "q", result: { role: "assistant" } });
  server?.say({ id, result: {} });
  expect((await messagesOf(answer)).map(({ method }) => method ?? "answer")).toEqual([
    "notifications/progress",
    "sampling/createMessage",
    "answer",
  ]);
});

test("sends what is about no call on the session's own stream", async () => {
  const { begin, send, servers } = playBridge();
  const session = await begin();
  const reader = (await send(null, { method: "GET", session })).body?.getReader();
  await messagesOf(await send(call(), { session }));
  servers[0]?.say({ method: "notifications/tools/list_changed" });
  expect(Buffer.from((await reader?.read())?.value ?? "").toString()).toContain("list_changed");
});

test("keeps back what speaks of one client where several share the tool server", async () => {
  for (const [per, heard] of [
    ["person", 0],
    ["session", 1],
  ] as const) {
    const { begin, send, servers } = playBridge({ per });
    const session = await begin();
    await send({ jsonrpc: "2.0", method: "notifications/roots/list_changed" }, { session });
    await turn();
    const told = servers[0]?.received.filter(({ method }) => method === "notifications/roots/list_changed");
    expect([per, told?.length]).toEqual([per, heard]);
  }
});

test("leaves out what a client does not read, and keeps its answer", async () => {
  const { begin, send, servers } = playBridge({ maxUnread: 2_000 }, () => undefined);
  const session = await begin();
  const answer = await send(call({ params: { name: "t", _meta: { progressToken: 1 } } }), { session });
  const server = servers[0];
  const progressToken = server?.last()["id"];
  for (let progress = 0; progress < 100; progress += 1)
    server?.say({ method: "notifications/progress", params: { progressToken, progress } });
  server?.say({ id: progressToken, result: { done: true } });
  await eventually("the answer has come", () => (server?.received.length === 3 ? true : null));
  await turn();
  const messages = await messagesOf(answer);
  expect(messages.length).toBeLessThan(30);
  expect(messages.at(-1)).toMatchObject({ result: { done: true } });
});

test("tells when it is closed", async () => {
  const closed: BridgeSession[] = [];
  const session = new BridgeSession({
    id: "s",
    principal: "p",
    slot: "",
    initialize: {},
    isAlone: false,
    withoutTasks: false,
    maxUnread: 1,
    onClosed: (one) => closed.push(one),
  });
  await session.close();
  expect(closed).toEqual([session]);
});
