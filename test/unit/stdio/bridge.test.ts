import { messagesOf, playBridge } from "../../support/stdio/play-bridge.ts";
import { turn } from "../../support/stdio/pipes.ts";

const list = (id: string | number = 1) => ({ jsonrpc: "2.0" as const, id, method: "tools/list" });

test("begins a session, and answers what is asked in it", async () => {
  const { send, begin, servers } = playBridge({}, ({ method }) => ({ result: { asked: method } }));
  const session = await begin();
  const answer = await send(list("x"), { session });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  expect(await messagesOf(answer)).toEqual([{ jsonrpc: "2.0", id: "x", result: { asked: "tools/list" } }]);
  expect(servers).toHaveLength(1);
});

test("knows no session of another caller, and wants one", async () => {
  const { send, begin, begun } = playBridge();
  const session = await begin();
  expect((await send(list(), { session, person: "bob" })).status).toBe(404);
  expect((await send(list(), { session: "s_never" })).status).toBe(404);
  const without = await send(list());
  expect([without.status, await without.json()]).toMatchObject([400, { error: { code: -32_000 } }]);
  expect(begun).toHaveLength(4);
});

test("starts a tool server for each person, each session, or once", async () => {
  for (const [per, expected] of [
    ["person", 2],
    ["session", 3],
    ["route", 1],
  ] as const) {
    const { begin, servers } = playBridge({ per });
    for (const person of ["alice", "alice", "bob"]) await begin(person);
    expect([per, servers.length]).toEqual([per, expected]);
  }
});

test("makes room for another tool server, and starts none beside those that are busy", async () => {
  const { begin, send, servers } = playBridge({ most: 2 }, () => undefined);
  const session = await begin("alice");
  await begin("bob");
  await begin("carol");
  expect(servers).toHaveLength(3);
  for (const [person, own] of [["alice", session]] as const) void send(list(), { session: own, person });
  await turn();
  void send(list(), { session: await begin("dora"), person: "dora" });
  await turn();
  await expect(begin("eve")).rejects.toMatchObject({ code: "upstream_busy" });
});

test("ends a session when its client says so", async () => {
  const { send, begin } = playBridge();
  const session = await begin();
  expect((await send(null, { method: "DELETE", session })).status).toBe(200);
  expect((await send(list(), { session })).status).toBe(404);
});

test("starts a tool server again that has ended, in the same session, and none for a notification", async () => {
  const { send, begin, servers } = playBridge();
  const session = await begin();
  servers[0]?.transport.end("killed");
  const notification = { jsonrpc: "2.0", method: "notifications/initialized" };
  expect((await send(notification, { session })).status).toBe(202);
  expect(servers).toHaveLength(1);
  expect(await messagesOf(await send(list(), { session }))).toHaveLength(1);
  expect(servers).toHaveLength(2);
});

test("fails a call by name whose tool server ends, and keeps an answer for a client that comes back", async () => {
  const { send, begin, servers } = playBridge({}, () => undefined);
  const session = await begin("alice", { protocolVersion: "2025-11-25" });
  const answer = await send(list(), { session, headers: ["mcp-protocol-version", "2025-11-25"] });
  const reader = answer.body?.getReader();
  const first = Buffer.from((await reader?.read())?.value ?? "").toString();
  servers[0]?.transport.end("killed");
  await expect(reader?.read()).rejects.toMatchObject({ code: "upstream_ended" });
  const last = /id: (\S+)/.exec(first)?.[1] ?? "";
  const resumed = await send(null, { method: "GET", session, headers: ["last-event-id", last] });
  expect(await messagesOf(resumed)).toMatchObject([
    { id: 1, error: { message: expect.stringContaining("upstream_ended") as unknown } },
  ]);
});

test("sends nothing for a caller who has left before", async () => {
  const { send, begin, servers } = playBridge();
  const session = await begin();
  await expect(send(list(), { session, signal: AbortSignal.abort(new Error("left")) })).rejects.toThrow("left");
  expect(servers[0]?.received.some(({ method }) => method === "tools/list")).toBe(false);
});

test("begins nothing where the tool server cannot be started", async () => {
  const { begin, begun } = playBridge({
    launch: () => {
      throw new Error("no such program");
    },
  });
  await expect(begin()).rejects.toMatchObject({ code: "upstream_not_started" });
  expect(begun).toEqual([]);
});

test("keeps so many sessions of one caller, the oldest makes room", async () => {
  const { begin, send } = playBridge();
  const first = await begin();
  const sessions: string[] = [];
  for (let count = 0; count < 64; count += 1) sessions.push(await begin());
  expect((await send(list(), { session: first })).status).toBe(404);
  expect((await send(list(), { session: sessions[0] ?? "" })).status).toBe(200);
});
