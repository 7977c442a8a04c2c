import { EventEmitter } from "node:events";
import { SessionStreams } from "../../../../gateway/act/forward/session-streams.ts";
import { ClientConnection } from "../../../../gateway/domain/connections.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage, ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { TestClock, toolCall } from "../../../support/builders.ts";

function message(kind: McpMessage["kind"], transportSession: string | null = "s-1"): ToolCall {
  return toolCall({ mcp: { kind, transportSession } as McpMessage });
}

function arrival(receivedAt: number): Exchange {
  return { res: new EventEmitter(), connection: new ClientConnection(), receivedAt } as unknown as Exchange;
}

/** Streams, and one that session s-1 asked for at 10. */
async function asked() {
  const clock = new TestClock();
  const streams = new SessionStreams(clock);
  const stream = arrival(clock.monotonic());
  streams.noted(stream, message("stream"));
  return { clock, streams, stream, later: arrival(clock.monotonic()) };
}

/** Whether a promise has settled after all that can happen now has happened. */
async function isSettled(promise: Promise<void> | null): Promise<boolean> {
  return Promise.race([
    promise?.then(() => true),
    new Promise<boolean>((done) => setImmediate(done, false)),
  ]) as Promise<boolean>;
}

test("a message waits for the stream that its session asked for before, until the tool server answers that", async () => {
  const { streams, stream, later } = await asked();
  const waiting = streams.before(later, message("request"));
  expect(await isSettled(waiting)).toBe(false);
  streams.opened(stream.res);
  expect(await isSettled(waiting)).toBe(true);
  expect(streams.before(later, message("request"))).toBeNull();
});

test("it waits no longer when the stream is refused", async () => {
  const { streams, stream, later } = await asked();
  const waiting = streams.before(later, message("notification"));
  stream.res.emit("close");
  expect(await isSettled(waiting)).toBe(true);
});

test.each<[string, ToolCall]>([
  ["of another session", message("request", "s-2")],
  ["of no session", message("request", null)],
  ["that is a stream itself", message("stream")],
])("nothing %s waits", async (_, call) => {
  const { streams, later } = await asked();
  expect(streams.before(later, call)).toBeNull();
});

test("nothing waits that came before the stream, or long after it was asked for", async () => {
  const { clock, streams, stream } = await asked();
  expect(streams.before({ ...stream, receivedAt: stream.receivedAt - 1 }, message("request"))).toBeNull();
  clock.advance(1_000);
  expect(streams.before(arrival(clock.monotonic()), message("request"))).toBeNull();
});

test("a caller that leaves waits no longer", async () => {
  const { streams, later } = await asked();
  const waiting = streams.before(later, message("request"));
  later.connection.leave();
  expect(await isSettled(waiting)).toBe(true);
});
