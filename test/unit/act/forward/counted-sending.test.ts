import type { Dispatcher } from "undici";
import { countedSending } from "../../../../gateway/act/forward/counted-sending.ts";
import { CountedCall } from "../../../../gateway/domain/counted-call.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { route, toolCall } from "../../../support/builders.ts";
import { eventually, pause } from "../../../support/eventually.ts";

const gone = new Refusal("client_gone");

/** One call that is sent and counted, the connection that it is sent over, and what its reader is told. */
function sent(changes: Partial<ToolCall> = {}, limits: object = {}) {
  const base = route();
  const call = toolCall({ route: { ...base, upstream: { ...base.upstream, ...limits } }, ...changes });
  const counted = new CountedCall();
  const told: string[] = [];
  const reader = { given: null as Dispatcher.DispatchController | null };
  const aborted: Error[] = [];
  let server: Dispatcher.DispatchHandler = {};
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    rawHeaders: [],
    rawTrailers: [],
    pause: () => undefined,
    resume: () => undefined,
    abort(reason: Error) {
      aborted.push(reason);
      server.onResponseError?.(controller, reason);
    },
  };
  const over = { dispatch: (_request: unknown, handler: Dispatcher.DispatchHandler) => Boolean((server = handler)) };
  countedSending(over, call, counted).dispatch(
    { path: "/", method: "POST" },
    {
      onRequestStart: (given) => void (reader.given = given),
      onResponseStart: (_given, status) => void told.push(`head ${status}`),
      onResponseData: (_given, chunk) => void told.push(chunk.toString()),
      onResponseEnd: () => void told.push("end"),
      onResponseError: (_given, error) => void told.push(error.message),
    },
  );
  server.onRequestStart?.(controller, null);
  const answer = (text: string): void => server.onResponseData?.(controller, Buffer.from(text));
  const head = (headers = {}): void => server.onResponseStart?.(controller, 200, headers, "");
  const end = (): void => server.onResponseEnd?.(controller, {});
  let isFree = false;
  counted.whenFree(() => (isFree = true));
  const leave = (): void => {
    reader.given?.abort(gone);
    counted.ended();
  };
  return { counted, told, aborted, answer, head, end, leave, isFree: () => isFree };
}

test("passes an answer on as it comes", () => {
  const { told, head, answer, end, counted } = sent();
  head();
  answer("a");
  end();
  expect([told, counted.over]).toEqual([["head 200", "a", "end"], null]);
});

test("reads the answer of a caller that has left to its end, for nobody, and then the place is free", async () => {
  const { told, aborted, head, answer, end, leave, isFree } = sent();
  leave();
  head();
  answer("a");
  await pause(5);
  expect([told, aborted, isFree()]).toEqual([[gone.message], [], false]);
  end();
  await eventually("the place is free", () => isFree() || null);
  expect(told).toHaveLength(1);
});

test.each<[string, object, (call: ReturnType<typeof sent>) => void]>([
  ["takes longer than an answer may", { headersTimeoutMs: 10, bodyTimeoutMs: 20 }, () => undefined],
  ["is larger than one may be", { maxResponseBytes: 2 }, ({ answer }) => answer("abc")],
])("cuts off the answer for nobody that %s", async (_what, limits, then) => {
  const call = sent({}, limits);
  call.leave();
  then(call);
  await eventually("the place is free", () => call.isFree() || null);
  expect(call.aborted).toHaveLength(1);
});

test.each<[string, Partial<ToolCall>, object]>([
  ["a request of MCP 2026-07-28", { mcp: { era: "modern", kind: "request" } as never }, {}],
  ["an event stream of plain HTTP", { mcp: null }, { "content-type": "text/event-stream; charset=utf-8" }],
])("closes %s with its caller, and leaves its tool server a moment to hear of it", async (_what, call, headers) => {
  const { told, aborted, head, leave, isFree, counted } = sent(call);
  head(headers);
  leave();
  await pause(5);
  expect([told, aborted, isFree()]).toEqual([["head 200", gone.message], [gone], false]);
  counted.calledOff();
  expect(isFree()).toBe(true);
});
