import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import type { AnswerJudge } from "../../../../gateway/act/results/answer-judge.ts";
import { judgeKept, judgeMessage } from "../../../../gateway/act/results/judge-message.ts";
import { JudgedSink } from "../../../../gateway/act/results/judged-sink.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import { resultWorld } from "./support/judge.ts";

const large = "x".repeat(1_001);
const unread = { oversize: "pass-labelled", streams: "pass-labelled" } as const;
const unjudged = { rules: { everywhere: false, tools: {} }, readsProvenance: true };

/** An HTTP answer of this type on its way to a caller, who is sent what `pass` is told. */
async function sent(judge: AnswerJudge, type: string, pass: (what: string) => void): Promise<void> {
  const write = (text: unknown): boolean => (pass(String(text)), true);
  const res = { writeHead: () => pass("head"), flushHeaders() {}, write, end: write, once() {} };
  const exchange = { res, req: { method: "GET" } } as unknown as Exchange;
  const sink = new JudgedSink({ exchange, judge, own: [], capture: null });
  sink.head(new ReceivedHead(200, [Buffer.from("content-type"), Buffer.from(type)]));
  sink.data(Buffer.from("words"));
  await new Promise<void>((done, fail) => sink.onDrain((failure) => (failure === undefined ? done() : fail(failure))));
}

type Way = (label: () => Promise<void>, pass: (what: string) => void) => Promise<void>;

const ways: [string, Way][] = [
  [
    "an event stream that policy does not read",
    (label, pass) => sent(resultWorld({ results: unread, label }).judge(), "text/event-stream", pass),
  ],
  [
    "an untrusted answer that no rule judges",
    (label, pass) => sent(resultWorld({ ...unjudged, label }).judge(), "text/plain", pass),
  ],
  [
    "a message that is too large to be judged",
    async (label, pass) => {
      const judge = resultWorld({ results: unread, label }).judge({ action: "tools/call" });
      pass(String(await judgeMessage(judge, { text: large, status: 200 })));
    },
  ],
  [
    "a result that was kept and is too large to be judged",
    async (label, pass) => {
      const judge = resultWorld({ results: unread, label }).judge({ action: "tools/call" });
      const kept = { content: { large }, isError: false, tool: "create_refund", args: null };
      pass(JSON.stringify(await judgeKept(judge, kept)));
    },
  ],
];

test.each(ways)("nothing of %s leaves before the session has its label", async (_what, way) => {
  const [asked, label] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const passed: string[] = [];
  const passing = way(
    () => (asked.resolve(), label.promise),
    (what) => passed.push(what),
  );
  await asked.promise;
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  expect(passed).toEqual([]);
  label.resolve();
  await passing;
  expect(passed).not.toEqual([]);
});

test.each(ways)("nothing of %s leaves when the session cannot have its label", async (_what, way) => {
  const passed: string[] = [];
  const passing = way(
    () => Promise.reject(new Error("the store is locked")),
    (what) => passed.push(what),
  );
  await expect(passing).rejects.toThrow("the store is locked");
  expect(passed).toEqual([]);
});
