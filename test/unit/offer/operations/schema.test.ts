import { StandaloneSchemas } from "../../../../gateway/offer/operations/schema.ts";

const schemas = {
  Tree: { type: "object", properties: { next: { $ref: "#/components/schemas/Tree" }, example: { type: "string" } } },
  A: { $ref: "#/components/schemas/Tree" },
  Loop: { $ref: "#/components/schemas/Loop" },
};
const document = (version: string) => ({
  openapi: version,
  components: { schemas },
  other: { Tree: { type: "null" } },
});
const written = (schema: object, version = "3.1.0") => {
  const all = new StandaloneSchemas(document(version));
  return { schema: all.write(schema as never), defs: all.defs };
};

it("brings along what is referred to, also what refers to itself", () => {
  const tree = { type: "object", properties: { next: { $ref: "#/$defs/Tree" }, example: { type: "string" } } };
  expect(written({ items: { $ref: "#/components/schemas/Tree" } })).toEqual({
    schema: { items: { $ref: "#/$defs/Tree" } },
    defs: { Tree: tree },
  });
  expect(written({ $ref: "#/components/schemas/A" }).defs).toMatchObject({ A: tree });
});

it("keeps two things of one name apart", () => {
  const { defs } = written({ anyOf: [{ $ref: "#/components/schemas/Tree" }, { $ref: "#/other/Tree" }] });
  expect(Object.keys(defs ?? {})).toEqual(["Tree", "Tree_2"]);
});

it("keeps members of JSON Schema, and names of properties whatever they are", () => {
  const schema = {
    type: "object",
    example: 1,
    "x-own": 1,
    properties: { example: {}, "x-own": {} },
    enum: [{ example: 1 }],
    const: { xml: 1 },
  };
  const { example: _example, "x-own": _own, ...kept } = schema;
  expect(written(schema)).toEqual({ schema: kept, defs: null });
});

it("reads what stands beside a reference as OpenAPI 3.1 does, and not in 3.0", () => {
  const schema = { $ref: "#/other/Tree", description: "said" };
  expect(written(schema).schema).toEqual({ $ref: "#/$defs/Tree", description: "said" });
  expect(written(schema, "3.0.3").schema).toEqual({ $ref: "#/$defs/Tree" });
});

it.each(["#/components/schemas/No", "other.yaml", "#/components/schemas/Loop"])("refuses %s", ($ref) => {
  expect(() => written({ $ref })).toThrow(`it refers to ${$ref}, which is not in the document`);
});
