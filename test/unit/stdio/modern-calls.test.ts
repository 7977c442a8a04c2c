import type { JsonObject } from "../../../gateway/lib/json.ts";
import { eventually } from "../../support/eventually.ts";
import { messagesOf, playBridge } from "../../support/stdio/play-bridge.ts";
import { turn } from "../../support/stdio/pipes.ts";

const prefix = "io.modelcontextprotocol/";
const meta = (capabilities: JsonObject = {}) => ({
  [`${prefix}protocolVersion`]: "2026-07-28",
  [`${prefix}clientCapabilities`]: capabilities,
  [`${prefix}clientInfo`]: { name: "c", version: "1" },
});
const modern = (method: string, params: JsonObject = {}, more: object = {}, id: string | number = 1) => ({
  jsonrpc: "2.0" as const,
  id,
  method,
  params: { ...params, _meta: { ...meta(), ...more } },
});
const asking = (params: JsonObject = {}, id: string | number = 1) =>
  modern("tools/call", { name: "t", arguments: { a: 1 }, ...params }, meta({ elicitation: {} }), id);
const question = { method: "elicitation/create", params: { message: "who?", requestedSchema: {} } };

/** A bridge whose server asks before it answers a tools/call. */
async function asked() {
  const play = playBridge({}, ({ method }) => (method === "tools/call" ? undefined : { result: {} }));
  const first = await play.send(asking());
  const server = play.servers[0];
  const id = server?.last()["id"];
  server?.say({ id: 0, ...question });
  const [message] = await messagesOf(first);
  const result = message?.["result"] as JsonObject;
  const [key = ""] = Object.keys(result["inputRequests"] as JsonObject);
  const next = (state: unknown, params: JsonObject = {}, person = "alice") =>
    play.send(
      asking({ requestState: state as string, inputResponses: { [key]: { action: "accept" } }, ...params }, 2),
      { person },
    );
  return { ...play, server, id, result, next };
}

test("tells a client without a session what the server answered to initialize", async () => {
  const { send, servers } = playBridge();
  const answer = (await (await send(modern("server/discover"))).json()) as JsonObject;
  expect(answer["result"]).toMatchObject({
    resultType: "complete",
    ttlMs: 0,
    cacheScope: "private",
    capabilities: { tools: {} },
    supportedVersions: ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
    _meta: { [`${prefix}serverInfo`]: { name: "played" } },
  });
  expect(JSON.stringify(answer)).not.toContain("tasks");
  expect(servers[0]?.received.map(({ method }) => method)).toEqual(["initialize", "notifications/initialized"]);
});

test("sends a request without what only its version has, and makes a whole result of the answer", async () => {
  const { send, servers } = playBridge({}, () => ({ result: { tools: [] } }));
  const answer = await send(modern("tools/list", { cursor: "c" }, { traceparent: "t" }, "x"));
  expect(await messagesOf(answer)).toMatchObject([
    { id: "x", result: { tools: [], resultType: "complete", ttlMs: 0, cacheScope: "private" } },
  ]);
  expect(servers[0]?.last()["params"]).toEqual({ cursor: "c", _meta: { traceparent: "t" } });
});

test("refuses as unknown what the server has not, and takes notifications", async () => {
  const { send } = playBridge();
  const answer = await send(modern("prompts/list"));
  expect([answer.status, await answer.json()]).toMatchObject([404, { id: 1, error: { code: -32_601 } }]);
  const { id: _id, ...notification } = modern("notifications/cancelled");
  expect((await send(notification)).status).toBe(202);
});

test("gives errors of an older version their newer code", async () => {
  const { send } = playBridge({}, () => ({ error: { code: -32_002, message: "gone" } }));
  expect(await messagesOf(await send(modern("tools/call", { name: "t" })))).toMatchObject([
    { error: { code: -32_602 } },
  ]);
});

test("tells progress under the client's own token", async () => {
  const { send, servers } = playBridge({}, () => undefined);
  const answer = await send(modern("tools/call", { name: "t" }, { progressToken: 0 }));
  const { id } = servers[0]?.last() as { id: number };
  servers[0]?.say({ method: "notifications/progress", params: { progressToken: id, progress: 1 } });
  servers[0]?.say({ method: "notifications/message", params: { data: "not asked for" } });
  servers[0]?.say({ id, result: {} });
  const messages = await messagesOf(answer);
  expect(messages).toHaveLength(2);
  expect(messages[0]).toMatchObject({ params: { progressToken: 0, progress: 1 } });
});

test("asks the client by ending a leg of its call, and goes on with its answer", async () => {
  const { result, next, server, id } = await asked();
  expect(result).toMatchObject({ resultType: "input_required", inputRequests: { q1: question } });
  const second = await next(result["requestState"]);
  await turn();
  expect(server?.last()).toEqual({ jsonrpc: "2.0", id: 0, result: { action: "accept" } });
  server?.say({ id, result: { content: [] } });
  expect(await messagesOf(second)).toMatchObject([{ id: 2, result: { content: [], resultType: "complete" } }]);
});

test("goes on with a call once, for its own caller and with the same arguments", async () => {
  const { result, next } = await asked();
  const state = result["requestState"];
  const refused = { error: { code: -32_602 } };
  expect(await (await next("s_other")).json()).toMatchObject(refused);
  expect(await (await next(state, {}, "bob")).json()).toMatchObject(refused);
  expect(await (await next(state, { arguments: { a: 2 } })).json()).toMatchObject(refused);
  expect((await next(state)).headers.get("content-type")).toBe("text/event-stream");
  expect(await (await next(state)).json()).toMatchObject(refused);
});

test("keeps what came of a call until its client goes on", async () => {
  const { result, next, server } = await asked();
  server?.transport.end("killed");
  await expect((await next(result["requestState"])).text()).rejects.toMatchObject({ code: "upstream_ended" });
});

test("calls a request off whose question does not reach the client", async () => {
  const { send, servers } = playBridge({}, ({ method }) => (method === "tools/call" ? undefined : { result: {} }));
  const refused = new AbortController();
  const answer = await send(asking(), { signal: refused.signal });
  const id = servers[0]?.last()["id"];
  servers[0]?.say({ id: 0, ...question });
  const [message] = await messagesOf(answer);
  refused.abort();
  await turn();
  expect(servers[0]?.received.slice(-2)).toMatchObject([
    { method: "notifications/cancelled", params: { requestId: id } },
    { id: 0, error: { message: "the client has left" } },
  ]);
  const { requestState } = message?.["result"] as JsonObject;
  expect(await (await send(asking({ requestState: requestState ?? null }))).json()).toMatchObject({
    error: { code: -32_602 },
  });
});

test("asks no client that has not declared it", async () => {
  const { send, servers } = playBridge({}, () => undefined);
  await send(modern("tools/call", { name: "t" }));
  servers[0]?.say({ id: 0, ...question });
  await turn();
  expect(servers[0]?.last()).toMatchObject({ id: 0, error: { code: -32_601 } });
});

test("calls a request off whose stream its client closes", async () => {
  const { send, servers } = playBridge({}, () => undefined);
  const answer = await send(modern("tools/call", { name: "t" }));
  const { id } = servers[0]?.last() as { id: number };
  await answer.body?.cancel();
  await turn();
  expect(servers[0]?.last()).toMatchObject({ method: "notifications/cancelled", params: { requestId: id } });
});

test("tells a client of what it listens to, and of nothing else", async () => {
  const { send, servers } = playBridge({ per: "route" });
  const notifications = { toolsListChanged: true, resourceSubscriptions: ["a:1"] };
  const reader = (await send(modern("subscriptions/listen", { notifications }, {}, "s"))).body?.getReader();
  const read = async () => Buffer.from((await reader?.read())?.value ?? "").toString();
  expect(await read()).toContain('"method":"notifications/subscriptions/acknowledged"');
  await eventually("it has subscribed", () => (servers[0]?.last()["method"] === "resources/subscribe" ? true : null));
  servers[0]?.say({ method: "notifications/prompts/list_changed" });
  servers[0]?.say({ method: "notifications/resources/updated", params: { uri: "a:1" } });
  servers[0]?.say({ method: "notifications/tools/list_changed" });
  const stamped = `"_meta":{"${prefix}subscriptionId":"s"}`;
  expect(await read()).toContain(`"params":{"uri":"a:1",${stamped}}`);
  expect(await read()).toContain(`tools/list_changed","params":{${stamped}}`);
  servers[0]?.transport.end("killed");
  expect(await read()).toContain('"id":"s","result":{');
});
