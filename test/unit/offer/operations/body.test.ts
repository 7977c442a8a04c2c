import { type OfferedBody, readBody } from "../../../../gateway/offer/operations/body.ts";

const form = "application/x-www-form-urlencoded";
const read = (schema: object, type = "application/json", more: object = {}) =>
  readBody({}, { requestBody: { content: { [type]: { schema } }, ...more } } as never, ["application/json", form]);
const made = (schema: object, type?: string) => read(schema, type) as OfferedBody;

it("takes members that the document names, and others where it lets them", () => {
  const closed = made({ type: "object", properties: { a: {} }, additionalProperties: false, required: ["a", "b"] });
  expect([closed.takes("a"), closed.takes("z"), closed.requiredProperties]).toEqual([true, false, ["a"]]);
  const open = made({ properties: { a: {}, r: { readOnly: true } } });
  expect([open.takes("z"), Object.keys(open.properties)]).toEqual([true, ["a"]]);
});

it("is one argument where it is no object with members of its own", () => {
  for (const schema of [{ type: "array" }, {}, { type: "object" }, { properties: {}, allOf: [] }]) {
    const body = made(schema);
    expect([body.isWhole, body.takes("body"), body.takes("a")]).toEqual([true, true, false]);
  }
});

it("is read by the media type alone, however the document writes it", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  expect(made(schema, "Application/JSON; charset=utf-8")).toMatchObject({ type: "application/json", isWhole: false });
  expect(made(schema, `${form};charset=UTF-8`)).toMatchObject({ type: form, isForm: true });
});

it("is a form of texts and lists of texts alone", () => {
  const fields = made({ type: "object", properties: { a: {}, l: { type: "array", items: { type: "string" } } } }, form);
  expect([fields.isForm, fields.takes("l"), fields.takes("z")]).toEqual([true, true, false]);
  for (const properties of [{ o: { type: "object" } }, { l: { type: "array", items: { type: "object" } } }])
    expect(read({ type: "object", properties }, form)).toEqual(expect.stringContaining("no text and no list of texts"));
  expect(read({ type: "array" }, form)).toBe("a form whose fields the document does not name");
});

it("is none where there is none, and says why one that cannot be written is not offered, whether or not it must be given", () => {
  expect(readBody({}, {}, [])).toBeNull();
  expect(readBody({}, { requestBody: { content: {} } }, [])).toBeNull();
  expect(read({}, "text/csv")).toBe("a body of the type text/csv");
  expect(read({}, "text/csv", { required: true })).toBe("a body of the type text/csv");
  expect(readBody({}, { requestBody: { content: { [form]: {} } } }, [])).toContain("which the route does not accept");
});
