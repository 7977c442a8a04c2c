import { describeOperations } from "../../../../gateway/offer/operations/describe.ts";
import { meantRequest, UnfitArguments } from "../../../../gateway/offer/operations/encode.ts";
import { type JsonObject, parseExact } from "../../../../gateway/lib/json.ts";
import { route } from "../../../support/builders.ts";

const text = { type: "string" };
const list = { type: "array", items: text };
const object = { type: "object", properties: { a: text, b: { type: "integer" } } };

function meant(parameters: readonly object[], args: string, more: object = {}, path = "/a") {
  const openapi = { openapi: "3.1.0", paths: { [path]: { post: { operationId: "op", parameters, ...more } } } };
  const accept = ["application/json", "application/x-www-form-urlencoded"];
  const { operations, left } = describeOperations(route({ openapi, body: { ...route().body, accept } }), () => true);
  const operation = operations.get("op");
  if (operation === undefined) throw new Error(left[0]?.why);
  return meantRequest(operation, parseExact(args) as JsonObject);
}
const query = (more: object) => [{ name: "q", in: "query", schema: text, ...more }];

it.each<[string, object, string, string]>([
  ["a text", {}, '{"q":"a&b=c d+%"}', "/a?q=a%26b%3Dc%20d%2B%25"],
  ["a number with its digits", {}, '{"q":1.10}', "/a?q=1.10"],
  ["a boolean", {}, '{"q":false}', "/a?q=false"],
  ["nothing for null", {}, '{"q":null}', "/a"],
  ["an empty text", {}, '{"q":""}', "/a?q="],
  ["a list as pairs", { schema: list }, '{"q":["a",1]}', "/a?q=a&q=1"],
  ["an empty list as nothing", { schema: list }, '{"q":[]}', "/a"],
  ["a list between commas", { schema: list, explode: false }, '{"q":["a b","c"]}', "/a?q=a%20b%2Cc"],
  ["a list between spaces", { schema: list, style: "spaceDelimited", explode: false }, '{"q":["a","c"]}', "/a?q=a%20c"],
  ["a list between bars", { schema: list, style: "pipeDelimited", explode: false }, '{"q":["a","c"]}', "/a?q=a%7Cc"],
  ["an object as pairs", { schema: object }, '{"q":{"a":"x","b":2}}', "/a?a=x&b=2"],
  [
    "a deep object",
    { schema: object, style: "deepObject" },
    '{"q":{"a":"]=1&","b":2}}',
    "/a?q%5Ba%5D=%5D%3D1%26&q%5Bb%5D=2",
  ],
  ["any value as JSON", { content: { "application/json": {} } }, '{"q":{"n":1.10}}', "/a?q=%7B%22n%22%3A1.10%7D"],
])("writes %s into a query", (_, parameter, args, target) => {
  expect(meant(query(parameter), args).target).toBe(target);
});

it.each<[string, readonly object[], string, string]>([
  ["a list for a text", query({}), '{"q":["a"]}', "q is not a text, number or boolean"],
  ["a text for a list", query({ schema: list }), '{"q":"a"}', "q is not a list"],
  ["a list in a list", query({ schema: list }), '{"q":[["a"]]}', "an item of q is not a text, number or boolean"],
  [
    "a comma between commas",
    query({ schema: list, explode: false }),
    '{"q":["a,b"]}',
    "an item of q holds what separates items",
  ],
  [
    "one empty item",
    query({ schema: list, explode: false }),
    '{"q":[""]}',
    "q is a list of one empty item, which would be read as none",
  ],
  ["a key that is not there", query({ schema: object }), '{"q":{"admin":"1"}}', 'q has no "admin"'],
  [
    "an object in an object",
    query({ schema: object, style: "deepObject" }),
    '{"q":{"a":{}}}',
    "q.a is not a text, number or boolean",
  ],
  ["what is missing", query({ required: true }), "{}", "q is missing"],
  ["null for what is required", query({ required: true }), '{"q":null}', "q is missing"],
  ["what nobody knows", query({}), '{"other":1}', 'there is no "other"'],
  ["half a character", query({}), '{"q":"\\ud800"}', "a text is no Unicode"],
  [
    "a line break in a header",
    [{ name: "X-A", in: "header", schema: text }],
    '{"X-A":"a\\r\\nB: c"}',
    "X-A is a header, which holds visible ASCII alone",
  ],
  [
    "an empty header",
    [{ name: "X-A", in: "header", schema: text }],
    '{"X-A":""}',
    "X-A is a header, which holds visible ASCII alone",
  ],
])("refuses %s", (_, parameters, args, message) => {
  expect(() => meant(parameters, args)).toThrow(new UnfitArguments(message));
});

it("escapes values of the path, and refuses an empty one", () => {
  const parameters = [{ name: "id", in: "path", required: true, schema: text }];
  expect(meant(parameters, '{"id":"a/b?c#d"}', {}, "/a/{id}.json").target).toBe("/a/a%2Fb%3Fc%23d.json");
  expect(() => meant(parameters, '{"id":""}', {}, "/a/{id}")).toThrow("id is empty, and a part of the path");
});

const body = (schema: object, more: object = {}, type = "application/json") => ({
  requestBody: { content: { [type]: { schema } }, ...more },
});

it("writes a body of its members, numbers with their digits, and none where none is given", () => {
  const { contentType, body: bytes } = meant([], '{"a":"x","b":1.10,"c":null}', body(object));
  expect([contentType, bytes.toString()]).toEqual(["application/json", '{"a":"x","b":1.10,"c":null}']);
  expect(meant([], "{}", body(object))).toMatchObject({ contentType: null, body: Buffer.alloc(0) });
  expect(meant([], "{}", body(object, { required: true })).body.toString()).toBe("{}");
  expect(() => meant([], '{"c":1}', body({ ...object, additionalProperties: false }))).toThrow('there is no "c"');
});

it("writes a body that is one argument, and a form", () => {
  expect(meant([], '{"body":[1.10]}', body(list)).body.toString()).toBe("[1.10]");
  expect(meant([], '{"body":null}', body({})).body.toString()).toBe("null");
  expect(() => meant([], "{}", body(list, { required: true }))).toThrow("body is missing");
  const form = body({ type: "object", properties: { a: text, l: list } }, {}, "application/x-www-form-urlencoded");
  expect(meant([], '{"a":"x&y=1","l":["1","2"]}', form).body.toString()).toBe("a=x%26y%3D1&l=1&l=2");
  expect(() => meant([], '{"z":"1"}', form)).toThrow('there is no "z"');
});
