import { PassThrough } from "node:stream";
import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import type { AnswerJudge } from "../../../../gateway/act/results/answer-judge.ts";
import { OpenAnswers } from "../../../../gateway/act/results/open-answers.ts";
import { JudgedSink } from "../../../../gateway/act/results/judged-sink.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";

/** A response that keeps what it is given. */
class Response extends PassThrough {
  status = 0;
  text = "";
  writeHead(status: number): this {
    this.status = status;
    return this;
  }
  flushHeaders(): void {}
  override write(chunk: unknown): boolean {
    this.text += String(chunk);
    return true;
  }
  override end(chunk?: unknown): this {
    if (chunk !== undefined) this.text += String(chunk);
    return this;
  }
}

const sized = { policy: "read", maxBytes: 4, oversize: "pass-labelled", streams: "pass-labelled" } as const;

function sinkWith(labelled: Promise<void>, changes: object = {}, method = "GET") {
  const res = new Response();
  const judge = {
    rules: sized,
    judges: true,
    isUntrusted: false,
    open: new OpenAnswers(),
    passUnread: () => labelled,
    passFirst: () => labelled,
    ...changes,
  } as unknown as AnswerJudge;
  const exchange = { res, req: { method } } as unknown as Exchange;
  return { res, sink: new JudgedSink({ exchange, judge, own: [], capture: null }) };
}

const head = (...raw: string[]) =>
  new ReceivedHead(
    200,
    raw.map((text) => Buffer.from(text)),
  );
const text = head("content-type", "text/plain");

test("nothing of an answer that passes unread leaves before the session has its label; then all of it, in order", async () => {
  const label = Promise.withResolvers<void>();
  const { res, sink } = sinkWith(label.promise);
  sink.head(text);
  expect(sink.data(Buffer.from("one "))).toBe(true);
  expect(sink.data(Buffer.from("two "))).toBe(false);
  const drained = new Promise<void>((done) => sink.onDrain(() => done()));
  expect([res.status, res.text]).toEqual([0, ""]);
  label.resolve();
  await drained;
  expect([res.status, res.text]).toEqual([200, "one two "]);
  expect(sink.data(Buffer.from("three"))).toBe(true);
  await sink.end();
  expect(res.text).toBe("one two three");
});

test("an answer whose label cannot be written does not pass", async () => {
  const { res, sink } = sinkWith(Promise.reject(new Error("the store is locked")));
  sink.head(head("content-type", "text/event-stream"));
  sink.data(Buffer.from("data: x\n\n"));
  const failure = await new Promise((done) => sink.onDrain(done));
  expect(failure).toMatchObject({ message: "the store is locked" });
  await expect(sink.end()).rejects.toThrow("the store is locked");
  expect(res.text).toBe("");
});

test("an answer that ends while its label is written passes whole", async () => {
  const { res, sink } = sinkWith(Promise.resolve());
  sink.head(head("content-type", "text/plain", "content-length", "9"));
  sink.data(Buffer.from("nine byte"));
  await sink.end();
  expect(res.text).toBe("nine byte");
});

/** A judge that no rule stands behind. */
function learning(isUntrusted: boolean) {
  const learnt: string[] = [];
  const judge = {
    judges: false,
    isUntrusted,
    read: (body: Buffer) => ({ kind: "text", value: String(body) }),
    judge: async ({ content }: { readonly content: string }) => {
      learnt.push(content);
      return content;
    },
  };
  return { learnt, judge };
}

test("an untrusted answer that no rule judges passes as it comes, and its end waits until it is remembered", async () => {
  const label = Promise.withResolvers<void>();
  const { learnt, judge } = learning(true);
  const { res, sink } = sinkWith(label.promise, judge);
  sink.head(text);
  expect(sink.data(Buffer.from("a"))).toBe(false);
  expect(res.text).toBe("");
  label.resolve();
  await new Promise<void>((done) => sink.onDrain(() => done()));
  expect(res.text).toBe("a");
  expect(sink.data(Buffer.from("bc"))).toBe(true);
  expect([res.text, learnt]).toEqual(["abc", []]);
  await sink.end();
  expect(learnt).toEqual(["abc"]);
});

test("an untrusted answer beyond the limit passes, and counts as unread before it ends", async () => {
  const { learnt, judge } = learning(true);
  const passUnread = async () => void learnt.push("unread");
  const { res, sink } = sinkWith(Promise.resolve(), { ...judge, passUnread });
  sink.head(text);
  sink.data(Buffer.from("abc"));
  await new Promise<void>((done) => sink.onDrain(() => done()));
  sink.data(Buffer.from("def"));
  await sink.end();
  expect([res.text, learnt]).toEqual(["abcdef", ["unread"]]);
});

test("what has passed of an answer that breaks off is remembered, and nothing more passes", async () => {
  const { learnt, judge } = learning(true);
  const { res, sink } = sinkWith(Promise.resolve(), { ...judge, rules: { ...sized, maxBytes: 100 } });
  sink.head(text);
  sink.data(Buffer.from("move "));
  await new Promise<void>((done) => sink.onDrain(() => done()));
  sink.data(Buffer.from("note-48213"));
  await sink.brokenOff();
  expect([res.text, learnt]).toEqual(["move note-48213", ["move note-48213"]]);
});

test("nothing is remembered of an answer that breaks off before any of it has passed", async () => {
  const { learnt, judge } = learning(true);
  const label = Promise.withResolvers<void>();
  const { res, sink } = sinkWith(label.promise, judge);
  sink.head(text);
  sink.data(Buffer.from("abc"));
  const drained = new Promise<void>((done) => sink.onDrain(() => done()));
  await sink.brokenOff();
  label.resolve();
  await drained;
  expect([res.text, learnt]).toEqual(["", []]);
});

test("what has passed of an answer that stays open is remembered as text: what is new, and a little before it", async () => {
  const { judge } = learning(true);
  const beside: unknown[] = [];
  const rememberBeside = (content: unknown, bytes: number) => void beside.push([content, bytes]);
  const { sink } = sinkWith(Promise.resolve(), { ...judge, rules: { ...sized, maxBytes: 1_000 }, rememberBeside });
  sink.head(text);
  sink.data(Buffer.from("move note-48213 now"));
  await new Promise<void>((done) => sink.onDrain(() => done()));
  sink.tellPassed();
  sink.tellPassed();
  expect(beside.splice(0)).toEqual([["move note-48213 now", 19]]);
  for (const piece of ["x".repeat(500), "y", "z".repeat(600)]) {
    sink.data(Buffer.from(piece));
    sink.tellPassed();
  }
  expect(beside).toEqual([
    [`move note-48213 now${"x".repeat(500)}`, 500],
    [`${"x".repeat(256)}y`, 1],
    [null, 600],
  ]);
});

test("a trusted answer is remembered before its first byte leaves", async () => {
  const { learnt, judge } = learning(false);
  const { res, sink } = sinkWith(Promise.resolve(), judge);
  sink.head(text);
  sink.data(Buffer.from("abc"));
  expect(res.text).toBe("");
  await sink.end();
  expect([res.text, learnt]).toEqual(["abc", ["abc"]]);
});

test("a part of an answer, and one in another encoding, pass unread where no rule judges, and are withheld where one does", async () => {
  const encoded = head("content-type", "text/plain", "content-encoding", "gzip");
  const { learnt, judge } = learning(true);
  const { res, sink } = sinkWith(Promise.resolve(), judge);
  sink.head(encoded);
  sink.data(Buffer.from("abc"));
  await sink.end();
  expect([res.text, learnt]).toEqual(["abc", []]);
  expect(() => sinkWith(Promise.resolve()).sink.head(encoded)).toThrow(
    expect.objectContaining({ code: "result_unreadable" }),
  );
});

test("an answer to HEAD has no body that an encoding could hide", async () => {
  const packed = head("content-type", "text/plain", "content-encoding", "gzip", "content-length", "900");
  expect(() => sinkWith(Promise.resolve()).sink.head(packed)).toThrow(
    expect.objectContaining({ code: "result_unreadable" }) as Error,
  );
  const judged: object[] = [];
  const judge = {
    read: () => ({ kind: "text", value: "" }),
    judge: (answer: object) => (judged.push(answer), Promise.resolve({ content: "", isRewritten: false })),
  };
  const { sink } = sinkWith(Promise.resolve(), judge, "HEAD");
  sink.head(packed);
  await sink.end();
  expect(judged).toHaveLength(1);
});
