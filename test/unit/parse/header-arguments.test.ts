import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

const header = (name: string) => ({ name, in: "header", schema: { type: "string" } });
const openapi = {
  openapi: "3.1.0",
  info: { title: "items", version: "1" },
  components: { parameters: { Dry: header("X-Dry-Run") } },
  paths: {
    "/v1/items/{id}": {
      parameters: [header("X-Region"), { $ref: "#/components/parameters/Dry" }],
      get: { operationId: "get_item", parameters: [header("x-region"), header("Authorization"), header("Accept")] },
      post: { operationId: "set_item" },
    },
    "/v1/plain": { get: { operationId: "plain" } },
  },
};

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([route({ openapi })]);
});
afterAll(() => parser.close());

test("judges forwarded headers that the document declares as arguments, by the document's spelling", async () => {
  const headers = ["X-REGION: eu", "X-Dry-Run: 1", "X-Other: a", "Accept: text/plain", "Authorization: Bearer t"];
  const { call } = await parser.ask({ target: "/payments/v1/items/7?a=1", headers });
  expect(call?.arguments).toEqual({ id: "7", "x-region": "eu", "X-Dry-Run": "1", a: "1" });
  expect(call?.request.headers).toContainEqual(["x-region", "eu"]);
});

test("has them beside the members of a body, and leaves out those that are not given", async () => {
  const post = async (...headers: string[]) => {
    const sent = ["Content-Type: application/json", ...headers];
    return (await parser.ask({ target: "/payments/v1/items/7", headers: sent, body: '{"n":1}' })).call?.arguments;
  };
  expect(await post("X-Region: eu")).toEqual({ id: "7", "X-Region": "eu", n: 1 });
  expect(await post()).toEqual({ id: "7", n: 1 });
});

test("takes no header for an argument that the operation does not declare", async () => {
  const { call } = await parser.ask({ target: "/payments/v1/plain", headers: ["X-Region: eu", "X-Region: us"] });
  expect(call?.arguments).toEqual({});
});

test.each([
  ["given twice", ["X-Region: eu", "X-Region: us"], "", "header_refused"],
  ["beside a query parameter", ["X-Region: eu"], "?X-REGION=us", "arguments_collide"],
  ["beside a member of a query parameter", ["X-Region: eu"], "?x-region[a]=us", "arguments_collide"],
])("refuses one that is %s", async (_how, headers, query, code) => {
  const { refusal } = await parser.ask({ target: `/payments/v1/items/7${query}`, headers });
  expect(refusal?.code).toBe(code);
});
