import { Refusal } from "../../../gateway/domain/errors.ts";
import { BridgeExchange } from "../../../gateway/stdio/exchange.ts";

function streaming() {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const cancelled: true[] = [];
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void cancelled.push(true),
  });
  return {
    cancelled,
    response: new Response(body, { status: 201, headers: { a: "b" } }),
    write: (text: string) => controller?.enqueue(Buffer.from(text)),
    close: () => controller?.close(),
  };
}

const ended = new Refusal("upstream_ended");

test("passes an answer on, and is closed when it has ended", async () => {
  const exchange = new BridgeExchange();
  const { response, write, close } = streaming();
  const answer = exchange.answer(response);
  write("one");
  close();
  expect(exchange.isOpen).toBe(true);
  expect([answer.status, answer.headers.get("a"), await answer.text()]).toEqual([201, "b", "one"]);
  expect(exchange.isOpen).toBe(false);
});

test("fails an answer that has begun with the reason", async () => {
  const exchange = new BridgeExchange();
  const { response, cancelled } = streaming();
  const reading = exchange.answer(response).text();
  exchange.fail(ended);
  await expect(reading).rejects.toBe(ended);
  expect(cancelled).toEqual([true]);
});

test("gives no answer where it has failed before", () => {
  const exchange = new BridgeExchange();
  const { response } = streaming();
  exchange.fail(ended);
  expect(() => exchange.answer(response)).toThrow(ended);
});

test("counts what is written and not read", async () => {
  const exchange = new BridgeExchange();
  const { response, write } = streaming();
  const reader = exchange.answer(response).body?.getReader();
  exchange.unread += 6;
  write("one");
  await reader?.read();
  expect(exchange.unread).toBe(3);
});

test("is closed when nobody waits any more, or when there is nothing to wait for", async () => {
  const left = new BridgeExchange();
  const { response, cancelled } = streaming();
  await left.answer(response).body?.cancel();
  expect([left.isOpen, cancelled]).toEqual([false, [true]]);
  const empty = new BridgeExchange();
  empty.answer(new Response(null, { status: 202 }));
  expect(empty.isOpen).toBe(false);
});
