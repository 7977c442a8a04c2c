import {
  idKey,
  kindOf,
  metaOf,
  progressTokenOf,
  readMessage,
  renumbered,
  type RequestMessage,
} from "../../../gateway/stdio/messages.ts";

const request = (more: object = {}): RequestMessage =>
  ({ jsonrpc: "2.0", id: "a", method: "tools/call", ...more }) as unknown as RequestMessage;

test.each([
  ["a request", { id: 0, method: "ping" }, "request"],
  ["a request with a text as its id", { id: "", method: "ping" }, "request"],
  ["a notification", { method: "notifications/progress" }, "notification"],
  ["a result", { id: 1, result: {} }, "answer"],
  ["an error", { id: 1, error: { code: 1, message: "" } }, "answer"],
])("reads %s", (_what, message, kind) => {
  expect(readMessage(JSON.stringify({ jsonrpc: "2.0", ...message }))?.kind).toBe(kind);
});

test.each([
  ["words", "listening on stdio"],
  ["a batch", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'],
  ["another version", '{"jsonrpc":"1.0","id":1,"method":"ping"}'],
  ["an id that is neither text nor number", '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
  ["an answer without an id", '{"jsonrpc":"2.0","result":{}}'],
  ["an answer that is a text", '{"jsonrpc":"2.0","id":1,"result":"yes"}'],
])("does not take %s for a message", (_what, text) => {
  expect(readMessage(text)).toBeNull();
});

test("says of a message with a name twice in one object, however it is written, that it is not clear", () => {
  const read = (inner: string) => readMessage(`{"jsonrpc":"2.0","id":1,"result":{"a":[${inner}]}}`)?.kind;
  expect(read('{"b":1,"b":1}')).toBe("unclear");
  expect(read('{"b":1,"\\u0062":2}')).toBe("unclear");
  expect(read('{"__proto__":1,"__proto__":2}')).toBe("unclear");
  expect(read('{"b":1},{"b":2},{"toString":{"b":3},"B":4}')).toBe("answer");
  expect(readMessage('{"jsonrpc":"2.0","id":1,"result":{}}', false)?.kind).toBe("unclear");
  expect(readMessage('{"jsonrpc":"2.0","result":{},"result":{}}')).toBeNull();
});

test("keeps the digits of numbers and finds an answer by them all the same", () => {
  const read = readMessage('{"jsonrpc":"2.0","id":7.0,"result":{"large":12345678901234567890}}');
  expect(read?.kind === "answer" && idKey(read.message.id)).toBe(7);
  expect(JSON.stringify(read?.message)).toContain('"id":7.0,"result":{"large":12345678901234567890}');
});

test("gives a request another id, which is its token of progress as well", () => {
  const asking = request({ params: { name: "x", _meta: { progressToken: "p", traceparent: "t" } } });
  expect(renumbered(asking, 5)).toEqual(
    request({ id: 5, params: { name: "x", _meta: { progressToken: 5, traceparent: "t" } } }),
  );
  expect(renumbered(request({ params: { name: "x" } }), 5)).toEqual(request({ id: 5, params: { name: "x" } }));
});

test("reads a token of progress of 0, and none where there is none", () => {
  expect(progressTokenOf(request({ params: { _meta: { progressToken: 0 } } }))).toBe(0);
  expect(progressTokenOf(request({ params: { _meta: { progressToken: null } } }))).toBeUndefined();
  expect(metaOf(request())).toEqual({});
  expect(kindOf("text")).toBeNull();
});
