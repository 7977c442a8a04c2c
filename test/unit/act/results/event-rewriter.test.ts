import { EventRewriter } from "../../../../gateway/act/results/event-rewriter.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";

const limit = (maxChars: number) => ({ maxChars, refusal: () => new Refusal("upstream_too_large") });

/** Every way to cut the text into three pieces. */
function written(text: string, rewrite: (data: string) => string = (data) => data.toUpperCase()): Set<string> {
  const bytes = Buffer.from(text);
  const found = new Set<string>();
  for (let first = 0; first <= bytes.length; first++)
    for (let second = first; second <= bytes.length; second++) {
      let out = "";
      const events = new EventRewriter(rewrite, (event) => (out += event), limit(1_000));
      for (const piece of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)])
        void events.feed(piece);
      void events.end();
      found.add(out);
    }
  return found;
}

test.each([
  ["one data line", "event: message\ndata: {a}\n\n", "event: message\ndata: {A}\n\n"],
  ["several data lines", "data: {a\ndata: b}\n\n", "data: {A\ndata: B}\n\n"],
  ["carriage returns and line feeds", "event: m\r\ndata: a\r\n\r\n", "event: m\ndata: A\n\n"],
  ["bare carriage returns", "id: 1\rdata: a\r\rdata: b\r\r", "id: 1\ndata: A\n\ndata: B\n\n"],
  ["no closing blank line", "data:a", "data: A\n\n"],
  ["a byte order mark", "\ufeffdata: a\n\n", "data: A\n\n"],
  ["another event name", "event: other\ndata: a\n\n", "event: other\ndata: A\n\n"],
  ["an event with an id alone", "id: 7\ndata:\n\n", "id: 7\ndata: \n\n"],
  ["fields that the format does not have", "datum: x\nretry: soon\ndata: a\n\n", "data: A\n\n"],
  ["a comment and a retry", ": hi\n\nretry: 10\n\n", ": hi\n\nretry: 10\n\n"],
  [
    "what some clients take for a line's end",
    "id: \u20281\n: \u0085\ndata: a\u2028b\n\n",
    ":  \n\nid:  1\ndata: A\\u2028B\n\n",
  ],
])("writes %s anew, however the bytes are cut", (_form, sent, expected) => {
  expect([...written(sent)]).toEqual([expected]);
});

test("gives an event out when its line has ended with a carriage return, without waiting for more bytes", () => {
  const seen: string[] = [];
  const events = new EventRewriter(
    (data) => data,
    (event) => seen.push(event),
    limit(100),
  );
  void events.feed(Buffer.from("data: a\r\r"));
  expect(seen).toEqual(["data: a\n\n"]);
  void events.feed(Buffer.from("\ndata: b\r\n\r"));
  expect(seen).toEqual(["data: a\n\n", "data: b\n\n"]);
});

test("refuses an event that is larger than the bound, and bytes that are no UTF-8", () => {
  const events = () =>
    new EventRewriter(
      (data) => data,
      () => undefined,
      limit(100),
    );
  expect(() => events().feed(Buffer.from(`data: ${"x".repeat(200)}`))).toThrow(
    expect.objectContaining({ code: "upstream_too_large" }),
  );
  expect(() => events().feed(Buffer.from([0x64, 0xff, 0x0a]))).toThrow(
    expect.objectContaining({ code: "upstream_answer_refused" }),
  );
});

describe("an event that has to be waited for", () => {
  const held = () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const seen: string[] = [];
    const events = new EventRewriter(
      (data) => (data === "slow" ? promise : data === "bad" ? fail() : data.toUpperCase()),
      (event) => seen.push(event),
      limit(100),
    );
    return { events, seen, resolve };
  };
  const fail = (): never => {
    throw new Error("bad");
  };

  test("keeps all that follows it waiting, in order", async () => {
    const { events, seen, resolve } = held();
    const fed = events.feed(Buffer.from("data: a\n\ndata: slow\n\n: note\n\ndata: b\n\n"));
    expect(seen).toEqual(["data: A\n\n"]);
    resolve("now");
    await fed;
    expect(seen).toEqual(["data: A\n\n", "data: now\n\n: note\n\ndata: B\n\n"]);
  });

  test("is refused behind it, too", async () => {
    const { events, seen, resolve } = held();
    const fed = events.feed(Buffer.from("data: slow\n\ndata: bad\n\ndata: b\n\n"));
    resolve("now");
    await expect(fed).rejects.toThrow("bad");
    expect(seen).toEqual(["data: now\n\n"]);
  });
});

describe("a stream whose data rules read", () => {
  const judged = (text: string): readonly [string, boolean] => {
    let out = "";
    const events = new EventRewriter(
      (data) => data,
      (event) => (out += event),
      { ...limit(1_000), isJudged: true },
    );
    void events.feed(Buffer.from(text));
    return [out, events.hasIds];
  };
  const uuid = "3f9c1f6e-6a0e-4bb5-9d3a-2f6b7f2f1c11_1730000000000_k3j9x2ab";

  test.each([
    ["a comment", ": the key is sk-1\n\ndata: a\n\n", ": \n\ndata: a\n\n", false],
    ["an id that is a text", "id: the key is sk-1\ndata: a\n\n", "data: a\n\n", false],
    ["an id that is too long", `id: ${"x".repeat(129)}\ndata: a\n\n`, "data: a\n\n", false],
    ["an id outside ASCII", "id: \u00e9\ndata: a\n\n", "data: a\n\n", false],
    ["a text beside no data", "id: the key\nevent: is sk-1\ndata:\n\n", "data: \n\n", false],
    ["an event whose name is a text", "id: 7\nevent: the key is sk-1\ndata: a\n\n", "id: 7\ndata: \n\n", true],
    ["a wait that is a number of something", "retry: 4111111111111111\n\n", "retry: 3600000\n\n", false],
  ])("passes nothing of %s that could be words", (_what, sent, expected, hasIds) => {
    expect(judged(sent)).toEqual([expected, hasIds]);
  });

  test.each(["7", uuid, "c2Vzc2lvbg==:c3RyZWFt:12", "x".repeat(128)])("passes the id %s", (id) => {
    const sent = `id: ${id}\nevent: message\ndata: a\n\n`;
    expect(judged(sent)).toEqual([sent, true]);
  });
});
