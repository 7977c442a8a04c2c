import { boundedAnswer, readUpTo } from "../../../gateway/net/post-json.ts";

/** An answer in chunks of ten bytes without end, and whether reading it was given up. */
function endless() {
  const state = { cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => void (state.cancelled = true),
  });
  return { state, response: new Response(body) };
}

test("reads an answer of the most bytes whole, and none of one more", async () => {
  expect((await boundedAnswer(new Response("x".repeat(10)), 10, "the answer")).toString()).toBe("x".repeat(10));
  await expect(boundedAnswer(new Response("x".repeat(11)), 10, "the answer")).rejects.toThrow(
    "the answer is larger than 10 bytes",
  );
  expect(await boundedAnswer(new Response(null), 10, "the answer")).toHaveLength(0);
});

test("reads the beginning of an answer without end, and gives up the rest", async () => {
  const { state, response } = endless();
  const { bytes, complete } = await readUpTo(response, 35);
  expect([bytes.length, complete, state.cancelled]).toEqual([30, false, true]);
});
