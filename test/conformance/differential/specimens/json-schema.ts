import fc from "fast-check";
import { dumpValue, parseValue, RegoObject, type Value } from "../../../../gateway/decide/value.ts";
import { formats, strings } from "./formats.ts";
import type { Specimens } from "./specimens.ts";

type Text = fc.Arbitrary<string>;

/** JSON is put together as text, so that numbers keep their spelling. */
const pick = fc.constantFrom<string[]>;
const member = (name: string, value: Text): Text => value.map((text) => `"${name}":${text}`);
const object = (members: fc.Arbitrary<string[]>): Text => members.map((all) => `{${all.join(",")}}`);
const list = (item: Text, minLength: number, maxLength: number): Text =>
  fc.array(item, { minLength, maxLength }).map((all) => `[${all.join(",")}]`);

const text = pick(...strings.map((one) => `"${one}"`));
const number = pick(
  "0",
  "1",
  "-1",
  "1.0",
  "1.5",
  "2",
  "3e0",
  "1e2",
  "0.1",
  "1000000000000000000000",
  "1e-7",
  "12345678.5",
);
const name = pick("a", "b", "c", "$ref", "x y");

const { document } = fc.letrec<Record<"document", string>>((tie) => ({
  document: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    number,
    pick("null", "true", "false"),
    list(tie("document"), 0, 3),
    fc
      .uniqueArray(name, { maxLength: 3 })
      .chain((names) => object(fc.tuple(...names.map((one) => member(one, tie("document")))))),
  ),
}));

const types = pick("array", "boolean", "integer", "number", "null", "object", "string").map((type) => `"${type}"`);
const named = (value: Text): Text =>
  fc.uniqueArray(name, { maxLength: 3 }).chain((all) => object(fc.tuple(...all.map((one) => member(one, value)))));
const unique = (item: Text): Text => fc.uniqueArray(item, { maxLength: 3 }).map((all) => `[${all.join(",")}]`);

/** Right values of each keyword, given schemas to put into them. */
function keywords(schema: Text): Readonly<Record<string, Text>> {
  return {
    type: fc.oneof(types, unique(types)),
    properties: named(schema),
    patternProperties: pick("^a", "b|c", "").chain((pattern) => object(fc.tuple(member(pattern, schema)))),
    additionalProperties: fc.oneof(pick("true", "false"), schema),
    propertyNames: schema,
    dependencies: named(fc.oneof(schema, unique(name.map((one) => `"${one}"`)))),
    items: fc.oneof(schema, list(schema, 0, 3)),
    additionalItems: fc.oneof(pick("true", "false"), schema),
    contains: schema,
    required: unique(name.map((one) => `"${one}"`)),
    ...Object.fromEntries(["enum", "examples"].map((one) => [one, list(document, 0, 1)])),
    const: document,
    ...Object.fromEntries(["minimum", "maximum"].map((one) => [one, number])),
    ...Object.fromEntries(["exclusiveMinimum", "exclusiveMaximum"].map((one) => [one, number])),
    multipleOf: pick("1", "2", "0.5", "1e2", "3.0"),
    ...Object.fromEntries(["minLength", "minItems", "minProperties"].map((one) => [one, pick("0", "1", "2")])),
    ...Object.fromEntries(["maxLength", "maxItems", "maxProperties"].map((one) => [one, pick("2", "3")])),
    uniqueItems: pick("true", "false"),
    pattern: pick('"^a"', '"[0-9]+$"', '"é"'),
    format: pick(...formats.map((one) => `"${one}"`)),
    ...Object.fromEntries(["allOf", "anyOf", "oneOf"].map((one) => [one, list(schema, 0, 3)])),
    ...Object.fromEntries(["not", "if", "then", "else"].map((one) => [one, schema])),
    definitions: named(schema),
    ...Object.fromEntries(["title", "description"].map((one) => [one, pick('"t"')])),
    default: document,
  };
}

const every = Object.keys(keywords(number));
const { schema } = fc.letrec<Record<"schema", string>>((tie) => {
  const right = keywords(tie("schema"));
  return {
    schema: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      pick("{}", "true", "false", '{"type":"string"}', '{"minimum":2}', '{"required":["a"]}', '{"maxLength":1}'),
      fc
        .uniqueArray(pick(...every), { minLength: 1, maxLength: 4 })
        .chain((names) => object(fc.tuple(...names.map((one) => member(one, right[one] as Text))))),
    ),
  };
});

const draft = pick(
  ...["", "", "", ...["04", "06", "07"].map((one) => `"$schema":"http://json-schema.org/draft-${one}/schema#"`)],
  ...['"$schema":"https://json-schema.org/draft-07/schema#"', '"$schema":"http://json-schema.org/draft-06/schema"'],
  ...['"$schema":"urn:x"', '"$schema":5', '"$schema":":"', '"$schema":"HTTP://json-schema.org/draft-04/schema#"'],
);
const wrong = fc.oneof(
  pick(
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.0",
    "1.5",
    "1e0",
    "1e30",
    '""',
    '"x"',
    '":"',
    '"%zz"',
    "[]",
    "{}",
    "[1]",
    '["x","x"]',
    "[null]",
  ),
  pick(
    '["a",1]',
    "[{},1]",
    '{"a":1}',
    '{"a":null}',
    '{"a":[1]}',
    '{"(":{}}',
    '"("',
    '["string","string"]',
    "[1,1.0]",
    "[{},true]",
  ),
);
const wherever = ["$id", "id", "$ref", ...every];
/** One thing wrong at most: which of several is told depends on the order of a Go map. */
const oddKeyword = pick(...wherever).chain((one) => member(one, wrong));
const place = pick(
  "properties",
  "definitions",
  "items",
  "not",
  "allOf",
  "additionalProperties",
  "dependencies",
  "if",
  "contains",
);
const odd = fc.tuple(
  draft,
  fc.oneof(
    oddKeyword,
    fc.tuple(place, oddKeyword).map(([at, one]) => nested(at, one)),
  ),
  pick("", '"minimum":1', '"minLength":1'),
);

function nested(place: string, member: string): string {
  if (place === "allOf") return `"allOf":[{${member}}]`;
  return ["properties", "definitions", "dependencies"].includes(place)
    ? `"${place}":{"a":{${member}}}`
    : `"${place}":{${member}}`;
}

/** Draft 4 knows no schemas that are true or false and no exclusive bounds: more than one thing would be wrong. */
function told(first: string, schemas: string): string {
  return first.includes("draft-04") && /true|false|exclusive/.test(schemas) ? "" : first;
}

const reference = pick(
  ...[
    "#",
    "#/definitions/a",
    "#/definitions/b",
    "#/definitions/c",
    "#/definitions/x~1y",
    "#/definitions/%61",
    "http://json-schema.org/draft-07/schema#",
    "#/allOf/0",
    "#/allOf/1",
  ],
  ...[
    "#/allOf/x",
    "#/definitions",
    "#a",
    "a",
    "a#",
    "a.json",
    "b/a",
    "/a",
    "#/nope",
    "#nope",
    "a#/not",
    "x.json#/definitions/a",
    "",
    "?",
    "urn:a",
  ],
);
const id = pick(
  "",
  '"$id":"a"',
  '"id":"a"',
  '"$id":"#a"',
  '"$id":"x:/d/"',
  '"$id":"x:/d/r.json"',
  '"$id":"urn:a"',
  '"$id":""',
);
/** References into the document, by pointers and by names; each for a part of what the schema itself is for, as OPA has no end otherwise. */
const referring = fc
  .tuple(draft, id, id, reference, schema, schema, pick("properties", "items", "additionalProperties"))
  .map(([first, own, inner, target, one, other, at]) => [
    told(first, one + other),
    own,
    `"definitions":{"a":${one},"b":{${[inner, '"type":"string"'].filter(Boolean).join(",")}},"x/y":${other}}`,
    `"allOf":[${other}]`,
    nested(at, `"$ref":${JSON.stringify(target)},"minLength":2`),
  ]);

const joined = (members: fc.Arbitrary<readonly string[]>): Text =>
  members.map((all) => `{${all.filter((one) => one !== "").join(",")}}`);
const whole = fc
  .tuple(draft, schema)
  .map(([first, text]) => (text.startsWith('{"') && told(first, text) !== "" ? `{${first},${text.slice(1)}` : text));
const anySchema = fc.oneof(
  { weight: 5, arbitrary: whole },
  { weight: 4, arbitrary: joined(odd) },
  { weight: 2, arbitrary: joined(referring) },
  { weight: 1, arbitrary: fc.oneof(document, pick("{", "[]", "1", '"x"', "nul", "{}x")) },
);

/** As a value, or as its text. */
function given(json: Text): fc.Arbitrary<Value> {
  return fc.tuple(json, fc.boolean()).map(([one, asText]) => (asText ? one : valueOf(one)));
}

function valueOf(json: string): Value {
  try {
    const value = parseValue(json, true);
    return value instanceof RegoObject || Array.isArray(value) ? value : dumpValue(value);
  } catch {
    return json;
  }
}

/** Schemas of every draft that OPA knows, with one keyword of a wrong type, with references, and documents that fail them. */
export const jsonSchemaSpecimens: Specimens = {
  "json.verify_schema": fc.tuple(given(anySchema)),
  "json.match_schema": fc.oneof(
    fc.tuple(
      given(document),
      given(fc.oneof({ weight: 4, arbitrary: whole }, { weight: 1, arbitrary: joined(referring) })),
    ),
    fc.tuple(text, given(object(fc.tuple(member("format", pick(...formats.map((one) => `"${one}"`))))))),
    fc.tuple(number, given(object(fc.tuple(member("multipleOf", pick("1", "0.1", "1e2")), member("maximum", number))))),
  ),
};
