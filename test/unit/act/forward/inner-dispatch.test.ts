import type { Dispatcher } from "undici";
import { innerCaller, innerDispatch } from "../../../../gateway/act/forward/inner-dispatch.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { InnerRequest, InnerUpstream } from "../../../../gateway/domain/ports.ts";
import { subject } from "../../../support/builders.ts";
import { eventually, pause } from "../../../support/eventually.ts";

const caller = { principal: "p", person: "q" };
const options = {
  origin: "stdio://x",
  method: "POST" as const,
  path: "/mcp",
  headers: ["a", "b"],
  body: Buffer.from("{}"),
};

/** Sends one request to this bridge and notes what its handler is told. */
function dispatch(send: (request: InnerRequest) => Promise<Response>, headersTimeoutMs = 10_000) {
  const told: string[] = [];
  const errors: Error[] = [];
  const open = new Set<{ abort(reason: Error): void }>();
  let control: Dispatcher.DispatchController | null = null;
  const inner: InnerUpstream = { secrets: [], send };
  const handler: Dispatcher.DispatchHandler & { onData?: () => void } = {
    onRequestStart: (given) => {
      control = given;
      told.push("start");
    },
    onResponseStart: (given, status) => told.push(`head ${status} ${(given.rawHeaders as Buffer[]).join("=")}`),
    onResponseData: (_given, chunk) => {
      told.push(`data ${chunk.toString()}`);
      handler.onData?.();
    },
    onResponseEnd: () => told.push("end"),
    onResponseError: (_given, error) => errors.push(error),
  };
  innerDispatch({ inner, caller, headersTimeoutMs, open }).dispatch(options, handler);
  const settled = () =>
    eventually("it has ended", () => (errors.length > 0 || told.at(-1) === "end" ? open.size : null));
  return { told, errors, handler, settled, control: () => control as unknown as Dispatcher.DispatchController };
}

function bodyOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk));
      controller.close();
    },
  });
}

test("hands a request over with who calls, and its answer back piece by piece", async () => {
  const requests: InnerRequest[] = [];
  const { told, settled } = dispatch(async (request) => {
    requests.push(request);
    request.begin();
    return new Response(bodyOf("one", "two"), { status: 202, headers: { x: "y" } });
  });
  expect(await settled()).toBe(0);
  expect(requests[0]).toMatchObject({
    method: "POST",
    target: "/mcp",
    headers: ["a", "b"],
    body: options.body,
    caller,
  });
  expect(told).toEqual(["start", "head 202 x=y", "data one", "data two", "end"]);
});

test("tells a failure before the request began as one that was never sent", async () => {
  const refusal = new Refusal("upstream_not_started");
  const { told, errors, settled } = dispatch(() => Promise.reject(refusal));
  await settled();
  expect([told, errors]).toEqual([[], [refusal]]);
});

test("tells a failure in the middle of the answer", async () => {
  const refusal = new Refusal("upstream_ended");
  const { told, errors, settled } = dispatch(async ({ begin }) => {
    begin();
    return new Response(new ReadableStream({ start: (controller) => controller.error(refusal) }));
  });
  await settled();
  expect([told, errors]).toEqual([["start", "head 200 "], [refusal]]);
});

test("waits while its handler takes no more", async () => {
  const { told, handler, control, settled } = dispatch(async ({ begin }) => {
    begin();
    return new Response(bodyOf("one", "two"));
  });
  handler.onData = () => {
    if (told.at(-1) === "data one") control().pause();
  };
  await eventually("it waits", () => (told.at(-1) === "data one" ? true : null));
  await pause(20);
  expect(told.at(-1)).toBe("data one");
  control().resume();
  await settled();
  expect(told).toEqual(["start", "head 200 ", "data one", "data two", "end"]);
});

test("calls a request off that is aborted, and tells so once", async () => {
  const cancelled: true[] = [];
  const { errors, control, told, settled } = dispatch(async ({ begin }) => {
    begin();
    return new Response(new ReadableStream({ cancel: () => void cancelled.push(true) }));
  });
  await eventually("its head came", () => (told.length === 2 ? true : null));
  const reason = new Error("left");
  control().abort(reason);
  control().abort(new Error("again"));
  expect(await settled()).toBe(0);
  expect([errors, control().aborted]).toEqual([[reason], true]);
  await eventually("the answer is cancelled", () => cancelled[0] ?? null);
});

test("gives up on an answer that does not begin in time", async () => {
  const { errors, settled } = dispatch(({ begin }) => {
    begin();
    return new Promise(() => undefined);
  }, 20);
  await settled();
  expect(errors[0]?.name).toBe("HeadersTimeoutError");
});

test("takes an agent that acts for a person for that person, in sessions of its own", () => {
  const alice = innerCaller(subject({ id: "alice", issuer: "i", actingFor: null }));
  const agent = innerCaller(subject({ id: "bot", issuer: "i", actingFor: { id: "alice", claims: {} } }));
  expect(agent.person).toBe(alice.person);
  expect(agent.principal).not.toBe(alice.principal);
  expect(innerCaller(subject({ id: "alice", issuer: "j", actingFor: null })).person).not.toBe(alice.person);
});
