import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnswerSink, Sent } from "../../../gateway/act/answer-sink.ts";
import { Upstreams } from "../../../gateway/act/upstreams.ts";
import { Gone } from "../../../gateway/domain/gone.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { route, toolCall } from "../../support/builders.ts";

const sink: AnswerSink = { head: () => {}, data: () => true, onDrain: () => {}, end: () => {} };
const options = { headers: [], exclusive: false, gone: new Gone(), mayIdle: false };

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
  const upstreams = new Upstreams();
  const sending = upstreams.send(callTo(server.origin, changed), options, sink);
  await expect(sending).rejects.toMatchObject({ code: "digest_mismatch" });
  expect(server.seen.requests).toBe(0);
});

test("tells what became of the calls that it cuts off before it says that it is closed, so that they can be recorded", async () => {
  const server = await silentServer();
  const upstreams = new Upstreams();
  const told: Sent[] = [];
  void upstreams.send(callTo(server.origin), options, sink).then((sent) => told.push(sent));
  await server.seen.arrived;
  await upstreams.destroy();
  expect(told).toMatchObject([{ started: true, status: null, error: { name: "ClientDestroyedError" } }]);
});
