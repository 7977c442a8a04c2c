import { hash } from "node:crypto";
import { Passage } from "../../../../gateway/act/forward/passage.ts";
import type { AnswerSink } from "../../../../gateway/domain/upstream-answer.ts";

const source = { pause: () => undefined, resume: () => undefined, taken: () => undefined, over: () => undefined };

test("gives pieces that came together to a sink that takes them so as they came, and each counts for the digest", async () => {
  const got: string[][] = [];
  const sink: AnswerSink = {
    head: () => undefined,
    data: (piece) => got.push([piece.toString()]) > 0,
    pieces: (pieces) => got.push(pieces.map(String)) > 0,
    onDrain: () => undefined,
    end: () => undefined,
  };
  const passage = new Passage(sink, source, 1_000);
  for (const text of ["a", "b", "c"]) passage.takeTogether(Buffer.from(text));
  await new Promise((resolve) => setImmediate(resolve));
  passage.takeTogether(Buffer.from("d"));
  passage.end();
  expect(got).toEqual([["a", "b", "c"], ["d"]]);
  expect(passage.digest.recorded()).toMatchObject({
    responseBytes: 4,
    responseDigest: `sha256:${hash("sha256", "abcd")}`,
  });
});

test("passes an event on in the turn of the event loop in which it came, with what else came in it", async () => {
  const order: string[] = [];
  const sink: AnswerSink = {
    head: () => undefined,
    data: (piece) => order.push(piece.toString()) > 0,
    onDrain: () => undefined,
    end: () => undefined,
  };
  const passage = new Passage(sink, source, 1_000);
  const nextTurn = new Promise<void>((resolve) => setImmediate(() => resolve(void order.push("the next turn"))));
  passage.takeTogether(Buffer.from("data: 1\n\n"));
  passage.takeTogether(Buffer.from("data: 2\n\n"));
  order.push("all has come");
  await nextTurn;
  expect(order).toEqual(["all has come", "data: 1\n\ndata: 2\n\n", "the next turn"]);
});
