import { AnswerHead } from "../../../gateway/act/answer-head.ts";

const headOf = (...raw: string[]): AnswerHead =>
  new AnswerHead(
    200,
    raw.map((text) => Buffer.from(text, "latin1")),
  );

test("reads a header by its name whatever its case, all its values in one line, byte for byte", () => {
  const head = headOf("X-A", "1", "x-a", "2", "Content-Type", "Text/Event-Stream; charset=utf-8", "X-L", "\u00e9");
  expect([head.header("x-a"), head.header("x-l"), head.header("x-b")]).toEqual(["1, 2", "\u00e9", null]);
  expect([head.type, head.isEventStream]).toEqual(["text/event-stream; charset=utf-8", true]);
  expect([headOf().type, headOf().isEventStream]).toEqual(["", false]);
});

test("passes on what the tool server says, in order and as it spells it, and none of what is not for the caller", () => {
  const head = headOf(
    ...["Date", "now", "Set-Cookie", "a", "Set-Cookie", "b", "Connection", "close, X-Hop", "x-hop", "1"],
    ...["Transfer-Encoding", "chunked", "Sallyport-Decision", "forged", "ETag", "e"],
  );
  expect(head.passedOn(["Own", "1"], new Set(["etag"]))).toEqual([
    ...["Own", "1", "Date", "now", "Set-Cookie", "a", "Set-Cookie", "b"],
  ]);
  expect(headOf("Connection", "keep-alive", "A", "1").passedOn([])).toEqual(["A", "1"]);
});
