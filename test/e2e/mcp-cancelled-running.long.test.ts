/** Calls that are called off while the tool server runs them, by real clients of each era over HTTP. */
import { allowWhole } from "../support/allow-whole.ts";
import { cancellableServer, type CancellableServer } from "../support/cancellable-server.ts";
import { eventually } from "../support/eventually.ts";
import { type ClientName, mcpClient } from "../support/mcp-clients.ts";
import { speaker, type Version } from "../support/mcp-messages.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const prefix = "/mcp/off";
let server: CancellableServer;
let gateway: TestGateway;
beforeAll(async () => {
  server = await cancellableServer();
  gateway = await startGateway({
    routes: [crmRoute(server.origin, { id: "off", prefix, server: "off", credential: undefined })],
    policy: (copy) => allowWhole(copy, "off", ["wait"]),
  });
  bearer = gateway.token({ sub: "support-bot", role: "support" }, prefix);
});
afterAll(() => Promise.all([gateway?.close(), server?.close()]));

const url = () => gateway.agents + prefix;
let bearer: string;
const running = (id: string) => eventually(`${id} runs`, () => server.calls.get(id) ?? null);

/** A call that runs, and the means to call it off. */
async function begin(name: ClientName, id: string) {
  const client = await mcpClient(name, url(), bearer);
  const over = new AbortController();
  const ended = client.call("wait", { id }, { signal: over.signal }).then(
    ({ text }) => text,
    () => "called off",
  );
  return { client, ended, call: await running(id), off: () => over.abort() };
}

test.each(["v1 sdk", "v2 legacy"] as const)(
  "the cancellation of a running call by %s reaches the tool server in its session, and that call alone",
  async (name) => {
    // Both clients count their requests alike: only the session tells the two calls apart.
    const mine = await begin(name, `mine of ${name}`);
    const theirs = await begin(name, `theirs of ${name}`);
    expect(mine.call.session).not.toBe(theirs.call.session);
    mine.off();
    expect(await mine.ended).toBe("called off");
    await eventually("the tool server is told", () => (mine.call.signal.aborted ? true : null));
    theirs.call.end();
    expect([await theirs.ended, theirs.call.signal.aborted]).toEqual([`ended theirs of ${name}`, false]);
    mine.call.end();
    await Promise.all([mine.client.close(), theirs.client.close()]);
  },
);

/** A session of this version. */
async function sessionOf(version: Version): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(url(), {
    method: "POST",
    headers: {
      authorization: `Bearer ${bearer}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: { protocolVersion: version, capabilities: {}, clientInfo: { name: "raw", version: "1" } },
    }),
  });
  expect(await answer.text()).toContain(`"protocolVersion":"${version}"`);
  return { "mcp-session-id": answer.headers.get("mcp-session-id") ?? "" };
}

test.each(["2025-03-26", "2025-06-18", "2025-11-25"] as const)(
  "a tool server that speaks %s stops the call that is called off, and no other of the session",
  async (version) => {
    const agent = speaker(url(), bearer, version);
    const headers = await sessionOf(version);
    await agent.tell("notifications/initialized", {}, headers);
    const call = (id: string) => agent.ask("tools/call", { name: "wait", arguments: { id } }, { id, headers });
    const [off, other] = [`off at ${version}`, `other at ${version}`];
    void call(off).catch(() => undefined);
    const answered = call(other);
    const [mine, theirs] = [await running(off), await running(other)];
    expect(await agent.tell("notifications/cancelled", { requestId: off, reason: "enough" }, headers)).toBe(202);
    await eventually("the tool server stops it", () => (mine.signal.aborted ? true : null));
    expect(mine.signal.reason).toBe("enough");
    expect(theirs.signal.aborted).toBe(false);
    theirs.end();
    expect(JSON.stringify((await answered).result)).toContain(`ended ${other}`);
    mine.end();
  },
);

test("the tool server's connection of a running call is closed when a client of 2026-07-28 closes its own", async () => {
  const mine = await begin("v2 modern", "modern");
  const theirs = await begin("v2 modern", "modern, too");
  expect([mine.call.session, mine.call.closed()]).toEqual([null, false]);
  mine.off();
  await eventually("its connection is closed", () => (mine.call.closed() && mine.call.signal.aborted ? true : null));
  theirs.call.end();
  expect([await theirs.ended, theirs.call.closed()]).toEqual(["ended modern, too", false]);
  mine.call.end();
  await Promise.all([mine.client.close(), theirs.client.close()]);
});

test("a client of 2025-11-25 that only closes its connection has called nothing off", async () => {
  const { client, ended, call } = await begin("v1 sdk", "first");
  call.end();
  expect(await ended).toBe("ended first");
  const from = server.heard.length;
  // In the session of a client that goes on, so that a notification would have where to arrive.
  const headers = await gateway.inSession(bearer, prefix, { "mcp-session-id": call.session ?? "" });
  const leaving = new AbortController();
  const agent = speaker(url(), bearer, "2025-11-25");
  const params = { name: "wait", arguments: { id: "left" } };
  const left = agent.ask("tools/call", params, { id: "left-1", headers, signal: leaving.signal }).catch(() => "left");
  const waiting = await running("left");
  leaving.abort();
  expect(await left).toBe("left");
  await eventually("the gateway has noticed", async () => {
    const search = "/api/decisions?tool=off/wait&effect=allow&limit=1";
    const { rows } = (await (await gateway.approver()).get(search)) as { rows: { outcome: string | null }[] };
    return rows[0]?.outcome === "abandoned" ? true : null;
  });
  await client.ping();
  expect(server.heard.slice(from)).toEqual(["tools/call", "ping"]);
  expect(waiting.signal.aborted).toBe(false);
  waiting.end();
  await client.close();
});
