import { credentialRemoved, Scrubbing } from "../../../../gateway/act/credentials/scrub.ts";
import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import type { AnswerHead } from "../../../../gateway/domain/upstream-answer.ts";
import { toolCall } from "../../../support/builders.ts";

const secret = "canary-0123456789";

function world({ room = true, method = "GET" } = {}) {
  const heads: AnswerHead[] = [];
  const chunks: string[] = [];
  let drained: (() => void) | null = null;
  let ended = false;
  const sink = {
    head: (head: AnswerHead) => void heads.push(head),
    data: (chunk: Buffer) => (chunks.push(chunk.toString()), room),
    onDrain: (resume: () => void) => void (drained = resume),
    end: () => void (ended = true),
  };
  const scrubbing = new Scrubbing(sink, [[secret]]);
  const call = toolCall({ request: { ...toolCall().request, method } });
  const head = (status: number, headers: Record<string, string>) => {
    const raw = Object.entries(headers).flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value)]);
    scrubbing.head(new ReceivedHead(status, scrubbing.headers(raw), call));
  };
  return { scrubbing, head, heads, chunks, drain: () => drained?.(), ended: () => ended };
}

test("cleans the values of headers, and drops a header whose name holds a credential", () => {
  const { head, heads, scrubbing } = world();
  head(302, { Location: `/v1?key=${secret}`, [`X-${secret}`]: "1", "X-Other": "2" });
  expect(heads[0]?.passedOn([])).toEqual(["Location", "/payments/v1?key=[credential%20removed]", "X-Other", "2"]);
  expect(scrubbing.removed).toBe(2);
});

test("drops a header whose name holds a credential in other letters: names of headers have no case", () => {
  const { head, heads, scrubbing } = world();
  head(200, { [`X-${secret.toUpperCase()}`]: "1", [`x-${secret.toLowerCase()}-y`]: "1", "X-Other": "2" });
  expect(heads[0]?.passedOn([])).toEqual(["X-Other", "2"]);
  expect(scrubbing.removed).toBe(2);
});

test("gives a small answer its new length, and takes away what the old bytes were known by", async () => {
  const { head, heads, chunks, scrubbing } = world();
  const body = `{"key":"${secret}"}`;
  head(200, { "Content-Length": String(body.length), ETag: '"1"' });
  scrubbing.data(Buffer.from(body.slice(0, 12)));
  expect(heads).toEqual([]);
  scrubbing.data(Buffer.from(body.slice(12)));
  await scrubbing.end();
  const passed = `{"key":"${credentialRemoved}"}`;
  expect([chunks.join(""), heads[0]?.header("content-length"), heads[0]?.header("etag")]).toEqual([
    passed,
    String(passed.length),
    null,
  ]);
});

test("leaves an answer without a credential as it is", async () => {
  const { head, heads, chunks, scrubbing } = world();
  head(200, { "Content-Length": "2", ETag: '"1"' });
  scrubbing.data(Buffer.from("{}"));
  await scrubbing.end();
  expect([chunks, heads[0]?.header("content-length"), heads[0]?.header("etag")]).toEqual([["{}"], "2", '"1"']);
  expect(scrubbing.removed).toBe(0);
});

test("passes events on at once, and waits only in the middle of what may be a credential", async () => {
  const { head, chunks, scrubbing } = world();
  head(200, { "Content-Type": "text/event-stream" });
  scrubbing.data(Buffer.from("data: 1\n\n"));
  expect(chunks).toEqual(["data: 1\n\n"]);
  scrubbing.data(Buffer.from(`data: ${secret.slice(0, 5)}`));
  scrubbing.data(Buffer.from(`${secret.slice(5)}\n\n`));
  expect(chunks.slice(1)).toEqual(["data: ", `${credentialRemoved}\n\n`]);
  scrubbing.data(Buffer.from("canary"));
  await scrubbing.end();
  expect(chunks.at(-1)).toBe("canary");
});

test("passes a large answer on in pieces and without its length", () => {
  const { head, heads } = world();
  head(200, { "Content-Length": "1000000" });
  expect(heads[0]?.header("content-length")).toBeNull();
});

test("leaves the length in an answer that has no body", () => {
  const { head, heads } = world({ method: "HEAD" });
  head(200, { "Content-Length": "1000000", "Content-Encoding": "gzip" });
  expect(heads[0]?.header("content-length")).toBe("1000000");
});

test.each([
  [200, { "Content-Encoding": "gzip" }],
  [206, {}],
])("refuses an answer in which a credential cannot be found: %i %j", (status, headers) => {
  const { head, heads } = world();
  expect(() => head(status, headers)).toThrow(expect.objectContaining({ code: "result_unreadable" }) as Error);
  expect(heads).toEqual([]);
});

test("ends behind a last piece that fills the reader, since nothing follows that would have to wait", () => {
  const { head, chunks, scrubbing, ended } = world({ room: false });
  head(200, {});
  scrubbing.data(Buffer.from("canary"));
  expect(scrubbing.end()).toBeUndefined();
  expect([chunks, ended()]).toEqual([["canary"], true]);
});
