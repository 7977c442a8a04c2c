import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

const tag = { name: "tag", in: "query", schema: { type: "array", items: { type: "string" } } };
const form = "application/x-www-form-urlencoded";
const fields = { type: "object", properties: { line: { type: "array" }, note: { type: "string" } } };
const openapi = {
  openapi: "3.1.0",
  info: { title: "payments", version: "1" },
  paths: {
    "/v1/orders/{order_id}": { get: { operationId: "get_order", responses: {} } },
    "/v1/refunds": {
      get: { operationId: "list_refunds", parameters: [tag], responses: {} },
      post: { operationId: "create_refund", requestBody: { content: { [form]: { schema: fields } } }, responses: {} },
    },
  },
};

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([route({ openapi, body: { ...route().body, accept: [form] } })]);
});
afterAll(() => parser.close());

test("judges a query parameter that the document declares as an array as one, however often it is given", async () => {
  for (const [query, tag] of [
    ["tag=a&tag=b", ["a", "b"]],
    ["tag=a", ["a"]],
    ["tag=b&page=2&tag=a&tag=b", ["b", "a", "b"]],
  ] as const) {
    const { call } = await parser.ask({ target: `/payments/v1/refunds?${query}` });
    expect(call?.arguments["tag"]).toEqual(tag);
    expect(call?.request.target).toBe(`/v1/refunds?${query}`);
  }
  const { call } = await parser.ask({ method: "HEAD", target: "/payments/v1/refunds?tag=a&tag=b" });
  expect(call?.arguments).toEqual({ tag: ["a", "b"] });
});

test.each([
  ["another name of that operation", "/payments/v1/refunds?page=1&page=2"],
  ["the name in another case", "/payments/v1/refunds?tag=a&Tag=b"],
  ["the name in another operation", "/payments/v1/orders/1?tag=a&tag=b"],
  ["the name where nothing is described", "/payments/v1/secret?tag=a&tag=b"],
])("refuses %s twice", async (_what, target) => {
  expect((await parser.ask({ target })).refusal?.code).toBe("query_ambiguous");
});

test("judges a form field that the document declares as an array as one, and refuses any other twice", async () => {
  const post = (body: string) =>
    parser.ask({ target: "/payments/v1/refunds", headers: [`Content-Type: ${form}`], body });
  expect((await post("line=a&note=n&line=b")).call?.arguments).toEqual({ line: ["a", "b"], note: "n" });
  expect((await post("line=a")).call?.arguments).toEqual({ line: ["a"] });
  expect((await post("note=a&note=b")).refusal?.code).toBe("query_ambiguous");
  expect((await post("line=a&Line=b")).refusal?.code).toBe("query_ambiguous");
});
