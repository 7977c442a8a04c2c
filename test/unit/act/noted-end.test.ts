import { beforeTold, notedSink } from "../../../gateway/act/noted-end.ts";
import type { ObservedCall } from "../../../gateway/domain/ports.ts";
import type { AnswerHead, AnswerSink } from "../../../gateway/domain/upstream-answer.ts";

/** A sink that says what reaches it, and a history that notes what came of a call when it is let go. */
function world({ length = null, full = false }: { length?: string | null; full?: boolean } = {}) {
  const said: string[] = [];
  const noting = Promise.withResolvers<void>();
  const observed: ObservedCall = {
    noted: Promise.resolve(),
    ended: (outcome) => (said.push(`note ${outcome}`), noting.promise),
  };
  let drained = (): void => undefined;
  const inner: AnswerSink = {
    head: () => void said.push("head"),
    data: (chunk) => (said.push(String(chunk)), !full),
    pieces: (chunks) => (said.push(chunks.join("+")), true),
    onDrain: (resume) => void (drained = resume),
    stop: () => true,
    end: () => void said.push("end"),
  };
  const sink = notedSink({ observed }, inner);
  sink.head({ header: () => length } as unknown as AnswerHead);
  return { sink, inner, said, noting, drain: () => drained() };
}

test("holds the end of an answer back until the history has it", async () => {
  const { sink, said, noting } = world();
  sink.data(Buffer.from("one"));
  const ending = sink.end();
  expect(said).toEqual(["head", "one", "note forwarded"]);
  noting.resolve();
  await ending;
  expect(said).toEqual(["head", "one", "note forwarded", "end"]);
});

test("holds back what completes an answer of a known length, and nothing before it", async () => {
  const { sink, said, noting } = world({ length: "9" });
  for (const piece of ["one", "two", "end"]) expect(sink.data(Buffer.from(piece))).toBe(true);
  const ending = sink.end();
  expect(said).toEqual(["head", "one", "two", "note forwarded"]);
  noting.resolve();
  await ending;
  expect(said.slice(4)).toEqual(["end", "end"]);
});

test("hands pieces on together, unless they complete the answer", async () => {
  const { sink, said, noting } = world({ length: "6" });
  sink.pieces?.([Buffer.from("a"), Buffer.from("b")]);
  sink.pieces?.([Buffer.from("cd"), Buffer.from("ef")]);
  expect(said).toEqual(["head", "a+b"]);
  noting.resolve();
  await sink.end();
  expect(said).toEqual(["head", "a+b", "note forwarded", "cdef", "end"]);
});

test("waits for room before it ends an answer whose last piece fills the sink", async () => {
  const { sink, said, noting, drain } = world({ length: "3", full: true });
  sink.data(Buffer.from("one"));
  noting.resolve();
  const ending = sink.end();
  await new Promise(setImmediate);
  expect(said).toEqual(["head", "note forwarded", "one"]);
  drain();
  await ending;
  expect(said.at(-1)).toBe("end");
});

test("ends no answer whose caller was told meanwhile that access has ended", async () => {
  const { sink, said, noting } = world({ length: "3" });
  sink.data(Buffer.from("one"));
  const ending = sink.end();
  expect(sink.stop?.()).toBe(true);
  noting.resolve();
  await ending;
  expect(said).toEqual(["head", "note forwarded"]);
});

test("gives no answer that the history cannot have, and keeps no refusal back for it", async () => {
  const { sink, said, noting } = world();
  noting.reject(new Error("the store is gone"));
  await expect(sink.end()).rejects.toThrow("the store is gone");
  expect(said).toEqual(["head", "note forwarded"]);
  const observed = { noted: Promise.resolve(), ended: () => Promise.reject(new Error("the store is gone")) };
  await expect(beforeTold({ observed }, "refused")).resolves.toBeUndefined();
});

test("waits for nothing where this process alone has the history", () => {
  const { inner } = world();
  const ended = (): never => {
    throw new Error("nothing is noted");
  };
  for (const observed of [undefined, null, { noted: null, ended }]) {
    expect(notedSink(observed === undefined ? {} : { observed }, inner)).toBe(inner);
    expect(beforeTold(observed === undefined ? {} : { observed }, "refused")).toBeNull();
  }
});
