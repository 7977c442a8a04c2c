import { actionBinding } from "../../../gateway/domain/binding.ts";
import { callDigest } from "../../../gateway/approvals/digests.ts";
import { facts, route, subject } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  const accept = ["application/json", "application/x-www-form-urlencoded", "text/plain"];
  const base = route();
  parser = await startParser([
    route({ body: { ...base.body, accept } }),
    route({ id: "blind", prefix: "/blind", body: { ...base.body, accept, policy: "omit" } }),
  ]);
});
afterAll(() => parser.close());

async function bound(target: string, type: string, body: string): Promise<string> {
  const { call, refusal } = await parser.ask({ method: "POST", target, headers: [`Content-Type: ${type}`], body });
  if (call === null) return `refused ${refusal?.code}`;
  return callDigest(actionBinding(call, subject(), { ...facts(), environment: "test" }));
}

test.each([
  ["an array and an object that holds it", "[1]", '{"body":[1]}'],
  ["a text and an object that holds it", '"x"', '{"body":"x"}'],
  ["null and an object that holds it", "null", '{"body":null}'],
  ["a number and its text", '{"a":1}', '{"a":"1"}'],
  ["null and nothing", '{"a":null}', "{}"],
  ["an empty object and an empty array", "{}", "[]"],
])("binds %s apart", async (_what, one, other) => {
  const [first, second] = [
    await bound("/payments/x", "application/json", one),
    await bound("/payments/x", "application/json", other),
  ];
  expect(first).toMatch(/^sha256:/);
  expect(first).not.toBe(second);
});

test("binds the same arguments apart when they come another way", async () => {
  const ways = [
    await bound("/payments/x", "application/json", '{"a":"1"}'),
    await bound("/payments/x", "application/x-www-form-urlencoded", "a=1"),
    await bound("/payments/x?a=1", "application/json", "{}"),
    await bound("/blind/x", "application/json", '{"a":"1"}'),
    await bound("/blind/x", "application/json", '{ "a":"1"}'),
    await bound("/payments/x", "text/plain", '{"a":"1"}'),
    await bound("/payments/x", "text/plain", '{"a":"1" }'),
  ];
  expect(ways.filter((digest) => digest.startsWith("sha256:"))).toHaveLength(7);
  expect(new Set(ways).size).toBe(7);
});

test("binds the same value apart from no other way of writing it", async () => {
  const ways = ['{"a":1,"b":"é"}', '{ "b" : "\\u00e9", "a": 1 }', '{"a":1.0,"b":"\\u00E9"}', '{"a":1e0,"b":"é"}'];
  const digests = await Promise.all(ways.map((body) => bound("/payments/x", "application/json", body)));
  expect(new Set(digests.filter((digest) => digest.startsWith("sha256:"))).size).toBe(1);
});

test.each([
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"a":9007199254740993}',
  '{"a":1e400}',
  '{"__proto__":{}}',
  '{"a":"\\ud800"}',
  "\ufeff{}",
  "{}x",
  "{'a':1}",
  "[1,]",
  "NaN",
  '{"a":01}',
  "",
])("takes no body with two readings or none: %j", async (body) => {
  expect(await bound("/payments/x", "application/json", body)).toMatch(body === "" ? /^sha256/ : /^refused json_/);
});
