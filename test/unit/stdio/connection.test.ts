import { type JsonObject, parseExact } from "../../../gateway/lib/json.ts";
import { eventually } from "../../support/eventually.ts";
import { client, connected } from "../../support/stdio/connected.ts";
import { turn } from "../../support/stdio/pipes.ts";

test("gives each client the answer to its own request, under its own id", async () => {
  const { connection, server } = connected();
  const [alice, bob] = [client(connection), client(connection)];
  alice.ask({ id: 1 });
  bob.ask({ id: 1 });
  bob.ask({ id: "1" });
  await turn();
  for (const { id } of server.received.toReversed()) server.say({ id, result: { of: id } });
  await turn();
  expect(alice.answers).toEqual([{ jsonrpc: "2.0", id: 1, result: { of: 1 } }]);
  expect(bob.answers).toEqual([
    { jsonrpc: "2.0", id: "1", result: { of: 3 } },
    { jsonrpc: "2.0", id: 1, result: { of: 2 } },
  ]);
});

test("tells progress to the client that asked for it, under its own token", async () => {
  const { connection, server, faults } = connected();
  const [alice, bob] = [client(connection), client(connection)];
  alice.ask({ id: 1, params: { _meta: { progressToken: 0 } } });
  bob.ask({ id: 2 });
  await turn();
  server.say({ method: "notifications/progress", params: { progressToken: 1, progress: 5 } });
  server.say({ method: "notifications/progress", params: { progressToken: 2, progress: 5 } });
  server.say({ method: "notifications/progress", params: { progressToken: 0, progress: 5 } });
  await turn();
  const message = { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 0, progress: 5 } };
  expect(alice.told).toEqual([{ message, about: 1 }]);
  expect(bob.told).toEqual([]);
  expect(faults).toEqual(["it told progress of what it was not asked"]);
});

test("takes a token that is written with a fraction for no other client's", async () => {
  const { connection, server } = connected({ isOnes: false });
  const [alice, bob] = [client(connection), client(connection)];
  alice.ask({ id: 1, params: { _meta: { progressToken: "mine" } } });
  const [token, id] = [parseExact("1.0"), parseExact("2.0")] as [JsonObject, JsonObject];
  bob.ask({ id, params: { _meta: { progressToken: token } } });
  await turn();
  expect(server.received.map(({ params }) => params)).toMatchObject([
    { _meta: { progressToken: 1 } },
    { _meta: { progressToken: 2 } },
  ]);
  server.say({ method: "notifications/progress", params: { progressToken: 2, progress: 5 } });
  await turn();
  expect(alice.told).toEqual([]);
  expect(bob.told).toMatchObject([{ message: { params: { progressToken: token } } }]);
  bob.notify("notifications/cancelled", { requestId: id });
  await turn();
  expect(server.received.at(-1)).toMatchObject({ method: "notifications/cancelled", params: { requestId: 2 } });
});

test("calls off a request by its id at the server, and none of another client", async () => {
  const { connection, server } = connected();
  const [alice, bob] = [client(connection), client(connection)];
  alice.ask({ id: 9 });
  bob.notify("notifications/cancelled", { requestId: 9 });
  bob.notify("notifications/cancelled", { requestId: 1 });
  await turn();
  expect(server.received).toHaveLength(1);
  alice.notify("notifications/cancelled", { requestId: 9, reason: "late" });
  await turn();
  expect(server.last()).toMatchObject({ method: "notifications/cancelled", params: { requestId: 1, reason: "late" } });
  server.say({ id: 1, result: {} });
  await turn();
  // What comes all the same ends the stream of the call, and says what came of it.
  expect(alice.answers).toMatchObject([{ id: 9 }]);
});

test("asks the only client that has a call under way, and gives the server the answer under its own id", async () => {
  const { connection, server } = connected();
  const [alice, bob] = [client(connection, { elicitation: {} }), client(connection, { elicitation: {} })];
  alice.ask({ id: 1 });
  server.say({ id: "q", method: "elicitation/create", params: { message: "?" } });
  await turn();
  expect(alice.told).toEqual([
    { message: expect.objectContaining({ id: 101, method: "elicitation/create" }) as unknown, about: 1 },
  ]);
  connection.respond({ jsonrpc: "2.0", id: 101, result: { by: "bob" } }, bob.member);
  connection.respond({ jsonrpc: "2.0", id: 101, result: { by: "alice" } }, alice.member);
  await turn();
  expect(server.received.slice(1)).toEqual([{ jsonrpc: "2.0", id: "q", result: { by: "alice" } }]);
});

test("asks nobody where two clients have calls under way, or the client cannot be asked", async () => {
  const { connection, server, faults } = connected();
  const [alice, bob] = [client(connection, { elicitation: {} }), client(connection)];
  alice.ask({ id: 1 });
  bob.ask({ id: 1 });
  server.say({ id: 5, method: "elicitation/create" });
  await turn();
  expect(server.last()).toMatchObject({ id: 5, error: { code: -32_603 } });
  server.say({ id: 1, result: {} });
  server.say({ id: 6, method: "elicitation/create" });
  await turn();
  expect(server.last()).toMatchObject({ id: 6, error: { code: -32_601 } });
  expect([alice.told, bob.told]).toEqual([[], []]);
  expect(faults).toEqual([
    "it asked for elicitation, and which caller it means cannot be told",
    "it asked a client that has not declared elicitation",
  ]);
});

test("does not ask one client what belongs to the request that another has called off", async () => {
  const { connection, server } = connected();
  const [alice, bob] = [client(connection), client(connection, { sampling: {} })];
  alice.ask({ id: 1 });
  alice.notify("notifications/cancelled", { requestId: 1 });
  bob.ask({ id: 1 });
  server.say({ id: 5, method: "sampling/createMessage" });
  await turn();
  expect([server.last()["id"], bob.told]).toEqual([5, []]);
});

test("tells the client that called a request off of the answer that comes all the same, or of the end of its server", async () => {
  const { connection, server } = connected();
  const alice = client(connection);
  for (const id of [1, 2]) {
    alice.ask({ id });
    alice.notify("notifications/cancelled", { requestId: id });
  }
  server.say({ id: 1, result: {} });
  await turn();
  expect(alice.answers).toMatchObject([{ id: 1 }]);
  server.transport.end("it is killed");
  await turn();
  expect(alice.failures.map(({ code }) => code)).toEqual(["upstream_ended"]);
});

test("gives up a request that was called off and is not answered, once, and leaves out what comes later", async () => {
  const { connection, server, faults } = connected({ calledOffMs: 1 });
  const alice = client(connection);
  alice.ask({ id: 1 });
  alice.notify("notifications/cancelled", { requestId: 1 });
  await eventually("it is given up", () => alice.failures[0] ?? null);
  server.say({ id: 1, result: {} });
  server.transport.end("it is killed");
  await turn();
  expect([alice.failures.map(({ code }) => code), alice.answers, faults]).toEqual([["call_cancelled"], [], []]);
});

test("asks the one client there is without a call under way only where all clients are one person's", async () => {
  for (const isOnes of [true, false]) {
    const { connection, server } = connected({ isOnes });
    const alice = client(connection, { roots: {} });
    server.say({ id: 5, method: "roots/list" });
    await turn();
    expect(alice.told).toHaveLength(isOnes ? 1 : 0);
  }
});

test("answers a ping itself", async () => {
  const { server } = connected();
  server.say({ id: "p", method: "ping" });
  await turn();
  expect(server.received).toEqual([{ jsonrpc: "2.0", id: "p", result: {} }]);
});

test("tells all clients of changed lists, subscribers of their resources, and nobody what cannot be told apart", async () => {
  const { connection, server } = connected();
  const [alice, bob] = [client(connection), client(connection)];
  alice.ask({ id: 1, method: "resources/subscribe", params: { uri: "a:1" } });
  server.say({ id: 1, result: {} });
  await turn();
  alice.ask({ id: 2 });
  bob.ask({ id: 2 });
  server.say({ method: "notifications/tools/list_changed" });
  server.say({ method: "notifications/resources/updated", params: { uri: "a:1" } });
  server.say({ method: "notifications/message", params: { data: "of somebody" } });
  await turn();
  const methods = ({ told }: typeof alice) => told.map(({ message }) => message["method"]);
  expect(methods(alice)).toEqual(["notifications/tools/list_changed", "notifications/resources/updated"]);
  expect(methods(bob)).toEqual(["notifications/tools/list_changed"]);
});

test("ends a subscription at the server when the last client that has it ends it or leaves", async () => {
  const { connection, server } = connected({ answer: ({ id }) => (id === undefined ? undefined : { result: {} }) });
  const [alice, bob] = [client(connection), client(connection)];
  for (const one of [alice, bob]) one.ask({ id: 1, method: "resources/subscribe", params: { uri: "a:1" } });
  alice.ask({ id: 2, method: "resources/unsubscribe", params: { uri: "a:1" } });
  await turn();
  expect(alice.answers).toHaveLength(2);
  expect(server.received.map(({ method }) => method)).toEqual(["resources/subscribe", "resources/subscribe"]);
  expect(connection.isBusy).toBe(true);
  connection.leave(bob.member);
  await turn();
  expect(server.last()).toMatchObject({ method: "resources/unsubscribe", params: { uri: "a:1" } });
  expect(connection.isBusy).toBe(false);
});

test("calls off what a client that leaves has asked for, and tells the server that it will not be answered", async () => {
  const { connection, server } = connected();
  const alice = client(connection, { sampling: {} });
  alice.ask({ id: 1 });
  server.say({ id: 8, method: "sampling/createMessage" });
  await turn();
  connection.leave(alice.member);
  await turn();
  expect(server.received.slice(1)).toEqual([
    expect.objectContaining({ method: "notifications/cancelled", params: { requestId: 1 } }),
    expect.objectContaining({ id: 8, error: expect.objectContaining({ code: -32_603 }) as unknown }),
  ]);
});

test("tells a client that the server no longer wants to know", async () => {
  const { connection, server } = connected();
  const alice = client(connection, { sampling: {} });
  alice.ask({ id: 1 });
  server.say({ id: 8, method: "sampling/createMessage" });
  server.say({ method: "notifications/cancelled", params: { requestId: 8 } });
  await turn();
  expect(alice.told.at(-1)?.message).toMatchObject({ params: { requestId: 101 } });
});

test("passes progress of a client on only where the server has asked it for something under that token", async () => {
  const { connection, server } = connected();
  const alice = client(connection, { sampling: {} });
  alice.ask({ id: 1 });
  server.say({ id: 8, method: "sampling/createMessage", params: { _meta: { progressToken: "t" } } });
  await turn();
  alice.notify("notifications/progress", { progressToken: "other", progress: 1 });
  alice.notify("notifications/progress", { progressToken: "t", progress: 1 });
  await turn();
  expect(server.received.slice(1)).toEqual([expect.objectContaining({ params: { progressToken: "t", progress: 1 } })]);
});

test("fails what is under way when the server ends, and takes nothing after that", async () => {
  const { connection, server, ends } = connected();
  const alice = client(connection, { sampling: {} });
  alice.ask({ id: 1 });
  server.say({ id: 8, method: "sampling/createMessage" });
  await turn();
  server.transport.end("it was killed");
  expect(alice.failures).toMatchObject([{ code: "upstream_ended", detail: "it was killed" }]);
  expect(alice.told.at(-1)?.message).toMatchObject({ method: "notifications/cancelled", params: { requestId: 101 } });
  expect(() => alice.ask({ id: 2 })).toThrow(expect.objectContaining({ code: "upstream_ended" }));
  expect([ends, connection.isEnded]).toEqual([["it was killed"], true]);
});

test("ends a server that floods it with what belongs to nothing", async () => {
  const { server, ends, faults } = connected();
  for (let sent = 0; sent < 2_001; sent += 1) server.say({ id: sent + 1_000, result: {} });
  await turn();
  expect(ends).toEqual(["it floods the gateway with messages that belong to nothing"]);
  expect(faults).toEqual(["it answered a request that it was not sent"]);
});

test("takes so many calls at once and no more", () => {
  const { connection } = connected({ maxWaiting: 10_000_000 });
  const alice = client(connection);
  expect(() => {
    for (let id = 0; id <= 1_000; id += 1) alice.ask({ id });
  }).toThrow(expect.objectContaining({ code: "upstream_busy" }));
});
