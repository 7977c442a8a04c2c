import {
  commentText,
  type EventFields,
  EventReader,
  eventText,
  messageEvent,
  type ReadEvent,
} from "../../../gateway/lib/event-stream.ts";

function read(...pieces: string[]): ReadEvent[] {
  const found: ReadEvent[] = [];
  const reader = new EventReader({ onEvent: (event) => found.push(event) });
  for (const piece of pieces) reader.feed(piece);
  reader.end();
  return found;
}

describe("an event that is written", () => {
  test.each<[string, EventFields, string]>([
    [
      "has its fields in one order",
      { data: "{}", event: "b", id: "1", retry: 5 },
      "retry: 5\nid: 1\nevent: b\ndata: {}\n\n",
    ],
    ["may be nothing but a time to come back after", { retry: 60_000 }, "retry: 60000\n\n"],
    ["may have no data in its data", { id: "1", data: "" }, "id: 1\ndata: \n\n"],
    ["has a field for each line of its data", { data: "[\r\n1,\r2,\n3]" }, "data: [\ndata: 1,\ndata: 2,\ndata: 3]\n\n"],
    [
      "has one line for each field to every client",
      { event: "a\u2028b\rc\u0085", data: "1" },
      "event: a b c \ndata: 1\n\n",
    ],
    [
      "escapes what some clients take for a line's end",
      { data: '"\u2028\u0085\u2029"' },
      'data: "\\u2028\\u0085\\u2029"\n\n',
    ],
  ])("%s", (_what, fields, expected) => {
    expect(eventText(fields)).toBe(expected);
  });

  test("is read as what it was made of", () => {
    const data = JSON.stringify({ text: "\u2028 \ufeff 日本 \r\n" });
    const [event] = read(commentText("c\nd"), eventText({ retry: 1, id: "7", event: "e", data }));
    expect(event).toEqual({ id: "7", event: "e", data: expect.any(String) });
    expect(JSON.parse(event?.data ?? "")).toEqual(JSON.parse(data));
  });

  test("holds a JSON-RPC message in one line", () => {
    expect(messageEvent('{\r\n "a": 1\n}\n')).toBe('event: message\ndata: {  "a": 1 } \n\n');
  });
});

describe("a stream that is read", () => {
  test("has the same events whichever line ends it has and however it is cut", () => {
    const text = "\ufeff: c\nid: 1\nevent: a\ndata: x\ndata: y\n\ndata:z\n\n";
    for (const end of ["\n", "\r\n", "\r"]) {
      const sent = text.replaceAll("\n", end);
      for (let at = 0; at <= sent.length; at += 1)
        expect(read(sent.slice(0, at), sent.slice(at))).toEqual([
          { id: "1", event: "a", data: "x\ny" },
          { id: undefined, event: undefined, data: "z" },
        ]);
    }
  });

  test("gives out its last event when it ends without an empty line", () => {
    expect(read("data: a")).toEqual([{ id: undefined, event: undefined, data: "a" }]);
  });

  test("tells of comments and times to come back, and of an event beyond the bound", () => {
    const told: unknown[] = [];
    const reader = new EventReader({
      onEvent: ({ data }) => told.push(data.length),
      onRetry: (milliseconds) => told.push(milliseconds),
      onComment: (comment) => told.push(comment),
      onTooLarge: () => told.push("too large"),
      maxChars: 20,
    });
    reader.feed(": hi\nretry: 10\nretry: soon\ndata: 12345678901234\n\n");
    reader.feed(`data: ${"x".repeat(30)}`);
    expect(told).toEqual(["hi", 10, 14, "too large"]);
  });
});
