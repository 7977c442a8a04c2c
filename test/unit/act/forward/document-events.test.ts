import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { DocumentEvents, isConcatenatedJson } from "../../../../gateway/act/forward/document-events.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { toolCall } from "../../../support/builders.ts";
import { EventReader } from "../../../../gateway/lib/event-stream.ts";

const mcp = { era: "modern", version: "2026-07-28", kind: "request", id: 8, transportSession: null } as McpMessage;
const listening = toolCall({ mcp, action: "subscriptions/listen" });
const head = (status: number, headers: Readonly<Record<string, string>>) =>
  new ReceivedHead(
    status,
    Object.entries(headers)
      .flat()
      .map((text) => Buffer.from(text)),
  );

/** The data of the events that these documents become, whatever the size of the pieces in which they come. */
function eventsOf(sent: string | Buffer, pieceBytes: number): string[] {
  const bytes = Buffer.from(sent as string);
  const documents = new DocumentEvents(10_000);
  const events: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    events.push(documents.feed(bytes.subarray(at, at + pieceBytes)));
  const read: string[] = [];
  new EventReader({ onEvent: ({ data }) => read.push(data) }).feed(
    Buffer.concat([...events, documents.end()]).toString(),
  );
  return read;
}

const texts = ['{"a":"}\\"{ \u00a0\u2028 \ud83d\ude00 \\\\"}', '{\n  "b": [1, {}],\r\n  "c": null\n}', "{}"];

test.each([
  ["a line each", texts.join("\n") + "\n"],
  ["nothing between them", texts.join("")],
  ["white space around them", `\r\n \t${texts.join(" \n\n ")}`],
])("documents with %s become an event each, whatever pieces they come in", (_what, sent) => {
  for (let pieceBytes = 1; pieceBytes <= sent.length + 9; pieceBytes += 1)
    expect(eventsOf(sent, pieceBytes)).toEqual(texts.map((text) => text.replaceAll(/[\r\n]/g, " ")));
});

test("what is no document becomes an event too, for its reader to refuse", () => {
  expect(eventsOf('nothing\n}{"a":1}{"b":', 3)).toEqual(["nothing ", "}", '{"a":1}', '{"b":']);
});

test("bytes that are not UTF-8 stay as they are", () => {
  const bytes = Buffer.from([0x7b, 0xff, 0xa0, 0x7d]);
  const event = new DocumentEvents(100).feed(bytes);
  expect(event.subarray("data: ".length, -2)).toEqual(bytes);
});

test("a line end within a text is not mended", () => {
  expect(eventsOf('{"a":"1\r\n2"}\n{}', 1)).toEqual(['{"a":"1\0\u00002"}', "{}"]);
});

test.each([
  ["within a text", `{"a":"${" ".repeat(4_000_000)}"}`],
  ["between values", `{${" ".repeat(4_000_000)}}`],
  ["of line ends around documents", `${"\n".repeat(4_000_000)}{}`],
])("white space %s costs one look at each byte", (_what, sent) => {
  const documents = new DocumentEvents(8_000_000);
  // A look at each byte for each blank before it would take longer than a test may.
  const events = documents.feed(Buffer.from(sent));
  expect(events.length).toBe(sent.trim().length + "data: \n\n".length);
});

test("a document that does not end is refused when it is too large", () => {
  const documents = new DocumentEvents(10);
  expect(documents.feed(Buffer.from('{"a":1}{"a":1}{"a":1}')).length).toBeGreaterThan(20);
  documents.feed(Buffer.from('{"b":"2345'));
  expect(() => documents.feed(Buffer.from("6"))).toThrow(expect.objectContaining({ code: "upstream_too_large" }));
});

const json = { "content-type": "application/json; charset=utf-8" };
test.each([
  ["JSON without a length in answer to subscriptions/listen", true, listening, head(200, json)],
  ["JSON with a length", false, listening, head(200, { ...json, "content-length": "2" })],
  ["JSON in answer to another request", false, toolCall({ mcp, action: "tools/call" }), head(200, json)],
  ["JSON on a route that is not MCP", false, toolCall({ mcp: null, action: "subscriptions/listen" }), head(200, json)],
  ["a refusal", false, listening, head(404, json)],
  ["an event stream", false, listening, head(200, { "content-type": "text/event-stream" })],
  ["compressed JSON", false, listening, head(200, { ...json, "content-encoding": "gzip" })],
])("%s: documents, %s", (_what, expected, call, received) => {
  expect(isConcatenatedJson(call, received)).toBe(expected);
});

test("its head is that of an event stream, with all else that it said", () => {
  const events = head(200, { ...json, "x-server": "s" }).asEvents();
  expect([events.isEventStream, events.type, events.header("x-server")]).toEqual([true, "text/event-stream", "s"]);
});
