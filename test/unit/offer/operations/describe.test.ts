import { describeOperations } from "../../../../gateway/offer/operations/describe.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { route } from "../../../support/builders.ts";

const text = { type: "string" };

function described(paths: object, more: object = {}, changes: object = {}) {
  const openapi = { openapi: "3.1.0", info: { title: "t", version: "1" }, paths, ...more };
  const methods = new Set(["GET", "POST", "PUT", "DELETE"]);
  const { operations, left } = describeOperations(
    route({ openapi, methods, ...changes }),
    (name) => name !== "X-Real-IP",
  );
  return { tool: (name: string) => operations.get(name)?.tool, left: left.map(({ place, why }) => `${place}: ${why}`) };
}

const one = (operation: object, more: object = {}) => {
  const { tool, left } = described({ "/a/{id}": { post: { operationId: "op", ...operation } } }, more);
  return { tool: tool("op"), left };
};
const id = { name: "id", in: "path", required: true, schema: text };
const json = (schema: object) => ({ content: { "application/json": { schema } } });

it("takes name, words and promises of a method from the document", () => {
  const operation = (operationId: string) => ({
    operationId,
    summary: "Show",
    description: "All of it.",
    parameters: [id],
  });
  const paths = {
    "/a/{id}": { get: operation("show"), put: operation("set"), delete: operation("drop"), post: operation("add") },
  };
  const { tool } = described(paths);
  expect(tool("show")).toEqual({
    name: "show",
    title: "Show",
    description: "Show\n\nAll of it.",
    inputSchema: { type: "object", properties: { id: text }, required: ["id"], additionalProperties: false },
    annotations: { readOnlyHint: true },
  });
  const hints = ["set", "drop", "add"].map((name) => tool(name)?.["annotations"]);
  expect(hints).toEqual([
    { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
  ]);
});

it("makes arguments of parameters and of the members of a body, without those that are for reading alone", () => {
  const schema = {
    type: "object",
    required: ["name", "made"],
    properties: { name: { $ref: "#/components/schemas/Name" }, made: { ...text, readOnly: true } },
    additionalProperties: false,
  };
  const components = { schemas: { Name: { type: "string", example: "a", nullable: true } } };
  const parameters = [id, { name: "q", in: "query", description: "Words.", schema: text }];
  const { tool } = one({ parameters, requestBody: { required: true, ...json(schema) } }, { components });
  expect(tool?.["inputSchema"]).toEqual({
    type: "object",
    properties: { id: text, q: { type: "string", description: "Words." }, name: { $ref: "#/$defs/Name" } },
    required: ["id", "name"],
    additionalProperties: false,
    $defs: { Name: { type: "string" } },
  });
});

it("makes one argument of a body that is no object with members of its own", () => {
  for (const schema of [{ type: "array", items: text }, { oneOf: [{ type: "object", properties: { a: text } }] }, {}]) {
    const { tool } = one({ parameters: [id], requestBody: { required: true, ...json(schema) } });
    expect(tool?.["inputSchema"]).toMatchObject({ properties: { id: text, body: schema }, required: ["id", "body"] });
  }
});

it("promises an answer where the document describes one kind of success, which is an object", () => {
  const schema = { $ref: "#/components/schemas/Answer" };
  const components = { schemas: { Answer: { type: "object", properties: { next: schema } } } };
  const promised = (responses: object) => one({ parameters: [id], responses }, { components }).tool?.["outputSchema"];
  expect(promised({ "200": json(schema), "404": json({}) })).toEqual({
    type: "object",
    properties: { next: { $ref: "#/$defs/Answer" } },
    $defs: { Answer: { type: "object", properties: { next: { $ref: "#/$defs/Answer" } } } },
  });
  for (const responses of [
    { "200": json(schema), "204": {} },
    { "200": json({ type: "array" }) },
    { default: json(schema) },
    {},
  ])
    expect(promised(responses)).toBeUndefined();
  expect(promised({ "200": { content: { ...json(schema).content, "text/csv": {} } } })).toBeUndefined();
});

it.each<[string, object, string]>([
  ["has no name", { operationId: undefined }, "it has no operationId that can name a tool"],
  ["has a name that is none of a tool", { operationId: "two words" }, "it has no operationId that can name a tool"],
  [
    "needs a cookie",
    { parameters: [id, { name: "s", in: "cookie", required: true }] },
    "the cookie s: callers' cookies are not forwarded",
  ],
  [
    "needs a header that is not forwarded",
    { parameters: [id, { name: "X-Real-IP", in: "header", required: true }] },
    "the header X-Real-IP, which the route does not forward",
  ],
  [
    "has a path of another style",
    { parameters: [{ ...id, style: "matrix", schema: { type: "array" } }] },
    "id: style matrix",
  ],
  [
    "needs a value of several kinds",
    { parameters: [{ ...id, schema: { type: ["string", "array"] } }] },
    "id may be a single value, a list or an object",
  ],
  ["gives a name twice", { parameters: [id, { name: "ID", in: "query", schema: text }] }, "id is given in two places"],
  [
    "gives a name in its body, too",
    { parameters: [id], requestBody: json({ type: "object", properties: { id: text } }) },
    "id is given in two places",
  ],
  [
    "has a body of parts",
    { parameters: [id], requestBody: { required: true, content: { "multipart/form-data": {} } } },
    "a body of the type multipart/form-data",
  ],
  [
    "has a body that the route does not take",
    { parameters: [id], requestBody: { content: { "application/x-www-form-urlencoded": {} } } },
    "a body of the type application/x-www-form-urlencoded, which the route does not accept",
  ],
  [
    "refers to what is not there",
    { parameters: [id], requestBody: json({ $ref: "#/components/schemas/No" }) },
    "it refers to #/components/schemas/No, which is not in the document",
  ],
  [
    "refers to another document",
    { parameters: [{ ...id, schema: { $ref: "other.yaml#/A" } }] },
    "it refers to other.yaml#/A, which is not in the document",
  ],
  [
    "has an object whose keys nobody names",
    { parameters: [id, { name: "f", in: "query", required: true, style: "deepObject", schema: { type: "object" } }] },
    "f: an object whose keys the document does not name",
  ],
])("leaves an operation out that %s, and says so", (_, operation, why) => {
  expect(one(operation)).toEqual({ tool: undefined, left: [`POST /a/{id}: ${why}`] });
});

it("leaves a parameter out that need not be given and cannot be written", () => {
  const parameters = [
    id,
    { name: "s", in: "cookie" },
    { name: "Accept", in: "header" },
    { name: "o", in: "query", schema: { type: ["string", "array"] } },
  ];
  expect(one({ parameters }).tool?.["inputSchema"]).toMatchObject({ properties: { id: text } });
});

it("offers what callers of the HTTP route can reach, and no more", () => {
  const paths = {
    "/v1/a": { get: { operationId: "in" }, patch: { operationId: "patch" }, head: { operationId: "head" } },
    "/v2/a": { get: { operationId: "out" } },
  };
  const { tool, left } = described(paths, {}, { upstreamPrefix: "/v1" });
  expect([tool("in"), tool("out"), tool("patch"), tool("head")].map(Boolean)).toEqual([true, false, false, false]);
  expect(left).toEqual([
    "HEAD /v1/a: no tool has the method HEAD",
    "PATCH /v1/a: the route does not forward PATCH",
    "GET /v2/a: its path is not below /v1",
  ]);
  const based = described(
    { "/a": { get: { operationId: "in" } } },
    { servers: [{ url: "/v0" }, { url: "/v1" }] },
    { upstreamPrefix: "/v1" },
  );
  expect(based.tool("in")).toMatchObject({ description: "GET /v1/a" });
});

it("writes schemas of OpenAPI 3.0 as JSON Schema", () => {
  const schema = {
    type: "integer",
    nullable: true,
    minimum: 1,
    exclusiveMinimum: true,
    maximum: 9,
    exclusiveMaximum: false,
    enum: [2],
  };
  const property = (version: string) => {
    const { tool } = one({ parameters: [id, { name: "n", in: "query", schema }] }, { openapi: version });
    return ((tool?.["inputSchema"] as JsonObject)["properties"] as JsonObject)["n"];
  };
  expect(property("3.0.3")).toEqual({ type: ["integer", "null"], exclusiveMinimum: 1, maximum: 9, enum: [2, null] });
});
