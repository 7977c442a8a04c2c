import {
  declaredOverrides,
  noOverrides,
  refuseOverride,
  refuseOverridingMember,
} from "../../../../gateway/parse/openapi/method-override.ts";
import { operationsOf } from "../../../../gateway/parse/openapi/document.ts";
import { readJson } from "../../../../gateway/parse/json/read-json.ts";
import { route } from "../../../support/builders.ts";
import { codeOf, type Parser, startParser } from "../../../support/parser.ts";

const form = "application/x-www-form-urlencoded";
const properties = { properties: { _method: { type: "string" } } };
const declaring = {
  parameters: [{ name: "_method", in: "query", schema: { type: "string" } }],
  requestBody: {
    content: { "application/json": { schema: { allOf: [properties] } }, [form]: { schema: properties } },
  },
};
const openapi = {
  openapi: "3.1.0",
  info: { title: "t", version: "1" },
  paths: {
    "/items": { post: { operationId: "add_item" } },
    "/payments": { post: { operationId: "pay", ...declaring } },
  },
};
const json = "application/json";

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([route({ openapi, prefix: "/", body: { ...route().body, accept: [json, form] } })]);
});
afterAll(() => parser.close());

const post = async (target: string, type: string, body: string) => {
  const { refusal, call } = await parser.ask({ method: "POST", target, headers: [`Content-Type: ${type}`], body });
  return refusal?.code ?? call?.name;
};

const filler = "x".repeat(5_000);

test.each([
  ["/items?_method=DELETE", json, "{}", "query_ambiguous"],
  ["/items?_METHOD=DELETE", json, "{}", "query_ambiguous"],
  ["/items?.method=DELETE", json, "{}", "query_ambiguous"],
  ["/items?_method[]=DELETE", json, "{}", "query_ambiguous"],
  ["/items?X-HTTP-Method-Override=DELETE", json, "{}", "query_ambiguous"],
  ["/items", form, "a=1&_method=DELETE", "query_ambiguous"],
  ["/items", form, "%5Fmethod=DELETE", "query_ambiguous"],
  ["/items", json, '{"_method":"DELETE"}', "json_key_refused"],
  ["/items?a=1", json, '{"_method":"DELETE"}', "json_key_refused"],
  ["/items", json, '{"\\u005fmethod":"DELETE"}', "json_key_refused"],
  ["/items", json, `{"a":"${filler}","_method":"DELETE"}`, "json_key_refused"],
  ["/items", json, `{"a":"${filler}","_m\\u0065thod":"DELETE"}`, "json_key_refused"],
  ["/nothing/described?_method=DELETE", json, "{}", "query_ambiguous"],
])(
  "refuses POST %s with %s %.40s, for which some frameworks execute another method",
  async (target, type, body, code) => {
    expect(await post(target, type, body)).toBe(code);
  },
);

test.each([
  ["/items?method=a&my_method=b", json, '{"a":{"_method":"DELETE"},"b":"_method"}', "add_item"],
  ["/items", json, `{"a":{"_method":"${filler}"}}`, "add_item"],
  ["/items", json, '["_method"]', "add_item"],
  ["/payments?_method=card", json, "{}", "pay"],
  ["/payments", json, '{"_method":"card"}', "pay"],
  ["/payments", form, "_method=card", "pay"],
  ["/payments?_Method=card", json, "{}", "query_ambiguous"],
])("reads POST %s with %s %.40s as %s does, without another method", async (target, type, body, outcome) => {
  expect(await post(target, type, body)).toBe(outcome);
});

test("says by which name", async () => {
  const { refusal } = await parser.ask({ target: "/items?_method=DELETE" });
  expect(refusal?.hint).toContain("_method");
});

test("finds what an operation declares in each place by itself", () => {
  const names = operationsOf(openapi).map((described) => {
    const { query, body } = declaredOverrides(openapi, described);
    return [[...query], [...body]];
  });
  expect(names).toEqual([
    [[], []],
    [["_method"], ["_method"]],
  ]);
  const { limits } = route().body;
  const body = readJson(Buffer.from('{"_method":"x"}'), limits);
  expect(codeOf(() => refuseOverridingMember(body, noOverrides.body))).toBe("json_key_refused");
  expect(codeOf(() => refuseOverride([["_method", "x"]], new Set(["_method"])))).toBe("accepted");
});
