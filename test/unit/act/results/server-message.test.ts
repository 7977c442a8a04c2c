import { readServerMessage } from "../../../../gateway/act/results/server-message.ts";

test.each([
  ['{"jsonrpc":"2.0","id":0,"result":{}}', "answer", 0],
  ['{"jsonrpc":"2.0","result":{},"id" : -7.0 }', "answer", -7],
  ['{ "result" : {"id":2,"a":["\\"",{"id":3}]} , "id" : "" , "jsonrpc" : "2.0" }', "answer", ""],
  ['{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}', "answer", null],
  ['{"jsonrpc":"2.0","error":{"code":1,"message":"x\\\\"}}', "answer", null],
])("reads the answer %s", (text, kind, id) => {
  expect(readServerMessage(text)).toMatchObject({ kind, id });
});

test("tells requests and notifications of the server apart", () => {
  expect(readServerMessage('{"jsonrpc":"2.0","id":1,"method":"ping"}').kind).toBe("request");
  expect(readServerMessage('{"jsonrpc":"2.0","method":"notifications/message"}').kind).toBe("notification");
});

test("quotes nothing of what it cannot read", () => {
  expect(() => readServerMessage("the secret")).toThrow(expect.objectContaining({ detail: "not JSON" }));
});

test.each([
  ["two ids", '{"jsonrpc":"2.0","id":1,"result":{},"id":2}'],
  ["two ids of which one is escaped", '{"jsonrpc":"2.0","id":1,"result":{},"\\u0069d":2}'],
  ["two results", '{"jsonrpc":"2.0","id":1,"result":{"a":"}"},"result":{}}'],
  ["a key of other case", '{"jsonrpc":"2.0","id":1,"result":{},"ID":2}'],
  ["a prototype", '{"jsonrpc":"2.0","id":1,"result":{},"__proto__":{}}'],
  ["a result and a method", '{"jsonrpc":"2.0","id":1,"result":{},"method":"ping"}'],
  ["a result and an error", '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}'],
  ["a result that is an array", '{"jsonrpc":"2.0","id":1,"result":[]}'],
  ["a result without an id", '{"jsonrpc":"2.0","id":null,"result":{}}'],
  ["an id that is a fraction", '{"jsonrpc":"2.0","id":1.5,"result":{}}'],
  ["an id that only rounds to an integer", '{"jsonrpc":"2.0","id":8.0000000000000001,"result":{}}'],
  ["an id with an exponent", '{"jsonrpc":"2.0","id":1e1,"result":{}}'],
  ["another version", '{"jsonrpc":"1.0","id":1,"result":{}}'],
  ["a batch", '[{"jsonrpc":"2.0","id":1,"result":{}}]'],
  ["no JSON", "data: {}"],
  ["a byte order mark", '\ufeff{"jsonrpc":"2.0","id":1,"result":{}}'],
])("refuses a message with %s", (_what, text) => {
  expect(() => readServerMessage(text)).toThrow(expect.objectContaining({ code: "upstream_answer_refused" }));
});
