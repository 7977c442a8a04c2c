import { noInjection } from "../../../../gateway/act/credentials/injection.ts";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnswerSink } from "../../../../gateway/domain/upstream-answer.ts";
import { type Sent, Upstreams } from "../../../../gateway/act/forward/upstreams.ts";
import { ClientConnection } from "../../../../gateway/domain/connections.ts";
import type { InnerUpstreams } from "../../../../gateway/domain/ports.ts";
import { digested, type ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { route, toolCall } from "../../../support/builders.ts";
import { access, nothingEnds } from "../../../support/endings.ts";

const sink: AnswerSink = { head: () => {}, data: () => true, onDrain: () => {}, end: () => {} };
const options = {
  headers: [],
  injection: noInjection,
  exclusive: false,
  connection: new ClientConnection(),
  mayIdle: false,
  judgesEvents: false,
  access,
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Counts what arrives, and never answers. */
async function silentServer() {
  const seen = { requests: 0, arrived: Promise.resolve() };
  const server = createServer();
  seen.arrived = new Promise((resolve) =>
    server.on("request", () => {
      seen.requests++;
      resolve();
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, origin: `http://127.0.0.1:${port}` };
}

function callTo(origin: string, changed: Partial<ToolCall["request"]> = {}): ToolCall {
  const base = route();
  const to = { ...base, upstream: { ...base.upstream, origin } };
  return toolCall({ route: to, request: { ...toolCall().request, origin, ...changed } });
}

test.each([
  ["other bytes", { body: Buffer.from('{"amount":9}') }],
  ["another target", { target: "/v1/payouts" }],
  ["another content type", { contentType: "text/plain" }],
])("refuses to send %s than what was judged", async (_what, changed) => {
  const server = await silentServer();
  const upstreams = new Upstreams(nothingEnds);
  const sending = upstreams.send(callTo(server.origin, changed), options, sink);
  await expect(sending).rejects.toMatchObject({ code: "digest_mismatch" });
  expect(server.seen.requests).toBe(0);
});

test.each([
  ["none of it", []],
  ["another value of it", ["x-action", "delete"]],
  ["two of it", ["x-action", "archive", "X-Action", "archive"]],
])("refuses to send a header that the route names where there is %s", async (_what, headers) => {
  const server = await silentServer();
  const upstreams = new Upstreams(nothingEnds);
  const { method, target, contentType, body } = toolCall().request;
  const named = digested(method, target, contentType, body, [["x-action", "archive"]]);
  const sending = upstreams.send(callTo(server.origin, named), { ...options, headers }, sink);
  await expect(sending).rejects.toMatchObject({ code: "digest_mismatch" });
  expect(server.seen.requests).toBe(0);
});

test.each([
  ["of the pool", false],
  ["of their own, as calls have that people released", true],
])(
  "tells what became of calls on connections %s before it says that they are cut off, so that it can be recorded",
  async (_whose, exclusive) => {
    const server = await silentServer();
    const upstreams = new Upstreams(nothingEnds);
    const told: Sent[] = [];
    void upstreams.send(callTo(server.origin), { ...options, exclusive }, sink).then((sent) => told.push(sent));
    await server.seen.arrived;
    await upstreams.destroy();
    expect(upstreams.cutOff).toBe(1);
    expect(told).toMatchObject([{ started: true, status: null, error: { code: "upstream_cut_off" } }]);
  },
);

/** Leaves as soon as the answer is over, before anybody is told of it. */
class LeavingAtTheEnd extends ClientConnection {
  override set onLeave(listener: (() => void) | null) {
    super.onLeave = listener;
    if (listener === null) queueMicrotask(() => this.leave());
  }
}

test("says that the caller had left only when it left before the answer was over", async () => {
  const server = await silentServer();
  const upstreams = new Upstreams(nothingEnds);
  const [early, late] = [new ClientConnection(), new LeavingAtTheEnd()];
  const sending = [early, late].map((connection) =>
    upstreams.send(callTo(server.origin), { ...options, connection }, sink),
  );
  await server.seen.arrived;
  early.leave();
  await upstreams.destroy();
  expect((await Promise.all(sending)).map(({ callerLeft }) => callerLeft)).toEqual([true, false]);
  expect(late.aborted).toBe(true);
});

test("sends nothing to a command where policy injects a credential, which its environment alone can carry", async () => {
  let requests = 0;
  const send = async () => {
    requests += 1;
    return new Response();
  };
  const inner: InnerUpstreams = { of: () => ({ secrets: [], send }), findings: () => [], close: async () => undefined };
  const call = callTo("stdio://crm");
  const { upstream } = call.route;
  const to = { ...call.route, upstream: { ...upstream, bridge: { kind: "command" } } } as ToolCall["route"];
  const injection = { ...noInjection, headers: ["authorization", "Bearer x"] };
  const sending = new Upstreams(nothingEnds, null, inner).send({ ...call, route: to }, { ...options, injection }, sink);
  await expect(sending).rejects.toMatchObject({ code: "credential_conflict" });
  expect(requests).toBe(0);
});
