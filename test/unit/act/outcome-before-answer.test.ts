import { saveOutcomeBeforeRefusal, outcomeFirstSink } from "../../../gateway/act/outcome-before-answer.ts";
import { errorOfRefusal } from "../../../gateway/act/respond/refusal-wording.ts";
import type { Refusal } from "../../../gateway/domain/errors.ts";
import type { ObservedCall } from "../../../gateway/domain/ports.ts";
import type { AnswerHead, AnswerSink } from "../../../gateway/domain/upstream-answer.ts";
import { StoreUnavailable } from "../../../gateway/store/postgres/failures.ts";

const forwarded = () => "forwarded" as const;

/** A sink that says what reaches it, and a history that notes what came of a call when it is let go. */
function world({ length = null, full = false }: { length?: string | null; full?: boolean } = {}) {
  const said: string[] = [];
  const noting = Promise.withResolvers<void>();
  const observed: ObservedCall = {
    noted: Promise.resolve(),
    ended: (outcome) => (said.push(`note ${outcome}`), noting.promise),
  };
  const inner: AnswerSink = {
    head: () => void said.push("head"),
    data: (chunk) => (said.push(String(chunk)), !full),
    pieces: (chunks) => (said.push(chunks.join("+")), true),
    onDrain: () => undefined,
    stop: () => true,
    end: () => void said.push("end"),
  };
  const sink = outcomeFirstSink({ observed }, inner, forwarded);
  sink.head({ header: () => length } as unknown as AnswerHead);
  return { sink, inner, said, noting };
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

test("notes what the status of the answer says of the call", async () => {
  const { inner, said } = world();
  const observed = { noted: Promise.resolve(), ended: (outcome: string) => void said.push(`note ${outcome}`) };
  const sink = outcomeFirstSink({ observed }, inner, (status) => (status === 404 ? "failed" : "forwarded"));
  sink.head({ status: 404, header: () => null } as unknown as AnswerHead);
  await sink.end();
  expect(said).toEqual(["head", "head", "note failed", "end"]);
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

test.each([true, false])("keeps an answer whole as the sink behind it does: %s", (keepsWhole) => {
  const { inner } = world();
  const observed = { noted: Promise.resolve(), ended: () => undefined };
  expect(outcomeFirstSink({ observed }, { ...inner, keepsWhole }, forwarded).keepsWhole).toBe(keepsWhole);
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

test("ends an answer whose last piece fills the sink, since nothing follows that would have to wait", async () => {
  const { sink, said, noting } = world({ length: "3", full: true });
  sink.data(Buffer.from("one"));
  noting.resolve();
  await sink.end();
  expect(said).toEqual(["head", "note forwarded", "one", "end"]);
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

test.each([
  ["is gone", new StoreUnavailable("the store is gone")],
  ["refuses the statement", new Error("the store is gone")],
])(
  "gives no answer that the history cannot have since the store %s, and says that the call ran",
  async (_why, thrown) => {
    const { sink, said, noting } = world();
    noting.reject(thrown);
    const told = await sink.end()?.then(null, (refusal: Refusal) => errorOfRefusal(refusal, "d_1"));
    expect(told).toMatchObject({ code: "answer_not_noted", executed: true, retryable: false });
    expect(said).toEqual(["head", "note forwarded"]);
  },
);

test("keeps no refusal back for a history that cannot have it", async () => {
  const observed = { noted: Promise.resolve(), ended: () => Promise.reject(new Error("the store is gone")) };
  await expect(saveOutcomeBeforeRefusal({ observed }, "refused")).resolves.toBeUndefined();
});

test("waits for nothing where this process alone has the history", () => {
  const { inner } = world();
  const ended = (): never => {
    throw new Error("nothing is noted");
  };
  for (const observed of [undefined, null, { noted: null, ended }]) {
    expect(outcomeFirstSink(observed === undefined ? {} : { observed }, inner, forwarded)).toBe(inner);
    expect(saveOutcomeBeforeRefusal(observed === undefined ? {} : { observed }, "refused")).toBeNull();
  }
});
