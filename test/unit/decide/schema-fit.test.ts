import { fitsSchema } from "../../../gateway/decide/schema-fit.ts";
import { type JsonObject, parseExact } from "../../../gateway/lib/json.ts";

const schema = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "integer" }, mail: { type: "string", pattern: "@" } },
  additionalProperties: false,
};

test.each([
  ['{"id":1}', true],
  ['{"id":12345678901234567890,"mail":"a@b"}', true],
  ['{"id":null}', false],
  ['{"mail":"a@b"}', false],
  ['{"id":1,"mail":"[redacted]"}', false],
])("%s: %s", (text, fits) => {
  expect(fitsSchema(schema, parseExact(text) as JsonObject)).toBe(fits);
});

test("nothing fits a schema that is none, or that takes too long", () => {
  expect(fitsSchema({ type: "objekt" }, {})).toBe(false);
  const wide = { allOf: Array.from({ length: 2_000 }, () => ({ type: "array", items: { enum: ["x"] } })) };
  expect(
    fitsSchema(
      wide,
      Array.from({ length: 5_000 }, () => "x"),
    ),
  ).toBe(false);
});
