import type { AnswerJudge } from "../../../../gateway/act/results/answer-judge.ts";
import { readOnce } from "../../../../gateway/act/results/read-once.ts";
import { readServerMessage } from "../../../../gateway/act/results/server-message.ts";

/** No rule has a say, and there is room. */
const remembering = {
  judges: false,
  hasHeardEnough: false,
  remembersAnswer: true,
  rules: { maxBytes: 10_000 },
} as AnswerJudge;
const strictly = (text: string) => readOnce(remembering, text, null);

test.each([
  ['{"jsonrpc":"2.0","id":0,"result":{}}', "answer", 0],
  ['{"jsonrpc":"2.0","result":{},"id" : -7.0 }', "answer", -7],
  ['{ "result" : {"id":2,"a":["\\"",{"id":3}]} , "id" : "" , "jsonrpc" : "2.0" }', "answer", ""],
  ['{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}', "answer", null],
  ['{"jsonrpc":"2.0","error":{"code":1,"message":"x\\\\"}}', "answer", null],
])("reads the answer %s", (text, kind, id) => {
  expect(readServerMessage(text)).toMatchObject({ kind, id });
  expect(readServerMessage(text, strictly(text))).toEqual(readServerMessage(text));
});

test("an answer that is read once is the same message, whatever order its members and its texts have", () => {
  const texts = [
    '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\\"a\\":1}"}]}}',
    '{"result":{"\\u0061":1,"b":["x","\u20ac"]},"id":"\\u0031","jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","method":"notifications/message","params":{"id":9}}',
    '{"jsonrpc":"2.0","id":3,"method":"ping"}',
  ];
  for (const text of texts) {
    expect(strictly(text)).toMatchObject({ text, bytes: Buffer.byteLength(text), message: JSON.parse(text) as object });
    expect(readServerMessage(text, strictly(text))).toEqual(readServerMessage(text));
  }
});

test("a message is read by each reader for itself where a rule judges it, it is too large, or not all readers read it alike", () => {
  const answer = '{"jsonrpc":"2.0","id":1,"result":{}}';
  expect(readOnce({ ...remembering, judges: true } as AnswerJudge, answer, null)).toBeNull();
  expect(readOnce({ ...remembering, hasHeardEnough: true } as AnswerJudge, answer, null)).toBeNull();
  expect(readOnce({ ...remembering, rules: { maxBytes: answer.length - 1 } } as AnswerJudge, answer, null)).toBeNull();
  expect(readOnce(null, answer, null)).toBeNull();
  for (const result of ['{"a":1,"a":2}', '{"a":12345678901234567890}', '{"a":1,"A":2}'])
    expect(strictly(answer.replace("{}", result))).toBeNull();
  for (const id of ["1.0", "1e0", "-0"]) expect(strictly(answer.replace(":1,", `:${id},`))).toBeNull();
  expect(strictly(answer.replace('"id"', '"\\u0069d"'))).toBeNull();
});

test("reads an id behind any white space alike, whoever reads it", () => {
  const text = `{"jsonrpc":"2.0","id" \n:${" ".repeat(70)}8${" ".repeat(70)},"result":{}}`;
  expect(readServerMessage(text)).toMatchObject({ kind: "answer", id: 8 });
  expect(readServerMessage(text, strictly(text))).toMatchObject({ kind: "answer", id: 8 });
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
  const refused = expect.objectContaining({ code: "upstream_answer_refused" });
  expect(() => readServerMessage(text)).toThrow(refused);
  expect(() => readServerMessage(text, strictly(text))).toThrow(refused);
});
