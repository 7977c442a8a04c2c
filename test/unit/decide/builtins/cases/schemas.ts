import { combine } from "./generate.ts";

const SCHEMAS = [
  '{"type":"integer"}',
  '{"type":["string","null"]}',
  '{"type":"x"}',
  '{"properties":{"a":{"type":"string"}},"required":["a","b"]}',
  '{"additionalProperties":false,"properties":{"a":true}}',
  '{"patternProperties":{"^a":{"type":"integer"}},"additionalProperties":{"type":"string"}}',
  '{"items":{"type":"integer"},"minItems":2,"uniqueItems":true}',
  '{"items":[{"type":"integer"}],"additionalItems":false}',
  '{"minLength":2,"maxLength":3,"pattern":"^a"}',
  '{"minimum":5,"maximum":1000000.5,"multipleOf":2}',
  '{"exclusiveMinimum":5}',
  '{"minimum":5,"exclusiveMinimum":true}',
  '{"enum":[1,"a",null]}',
  '{"const":{"a":1}}',
  '{"anyOf":[{"type":"string"},{"minimum":10}]}',
  '{"oneOf":[{"type":"integer"},{"minimum":2}]}',
  '{"allOf":[{"type":"integer"},{"minimum":2}]}',
  '{"not":{"type":"integer"}}',
  '{"if":{"type":"integer"},"then":{"minimum":10},"else":{"type":"string"}}',
  '{"dependencies":{"a":["b"]}}',
  '{"definitions":{"p":{"type":"integer"}},"$ref":"#/definitions/p"}',
  '{"$ref":"#/nope"}',
  '{"contains":{"type":"string"}}',
  '{"propertyNames":{"pattern":"^a"}}',
  '{"minProperties":2}',
  '{"format":"ipv4"}',
  '{"format":"date-time"}',
  '{"format":"email"}',
  '{"format":"uri"}',
  '{"pattern":"("}',
  '{"minLength":-1}',
  '{"required":["a","a"]}',
  "true",
  "[]",
  '{"type":5}',
  '{"minLength":3,"maxLength":1}',
  '{"$schema":"http://json-schema.org/draft-04/schema#","exclusiveMinimum":1}',
  '{"items":5}',
  '{"properties":5}',
  '{"additionalProperties":5}',
  '{"multipleOf":0}',
  '"{\\"type\\":\\"string\\"}"',
  '"{"',
  "5",
];
const DOCUMENTS = [
  "5",
  '{"a":1}',
  '{"a":"x"}',
  '{"a":"x","b":2}',
  "[]",
  "[1,1]",
  '[1,"a"]',
  '"\\"abcd\\""',
  '"\\"a\\""',
  '"1"',
  '"7"',
  '"null"',
  '"\\"1.2.3.4\\""',
  '"\\"2020-01-01T00:00:00Z\\""',
  '"\\"a@b.c\\""',
  '"\\"http://x\\""',
  "{}",
  '{"b":{1,2}}',
  '"{"',
];

/** Each of these values is of the wrong type for most keywords. */
const VALUES = ["null", "1", "1.0", '"x"', "[]", "[1]", "{}", '{"a": null}', "true", '["a", "a"]'];
const KEYWORDS =
  "title description type properties patternProperties additionalProperties propertyNames dependencies items additionalItems multipleOf minimum exclusiveMinimum maximum exclusiveMaximum minLength maxLength pattern format minProperties maxProperties required minItems maxItems uniqueItems contains const enum oneOf anyOf allOf not if then else definitions $ref";
/** By pointers, by names and relative to ids, and to what is not there. */
const REFERENCES = [
  ...[
    "#",
    "#nope",
    "#/nope",
    "#/definitions/a",
    "#/definitions/x~1y",
    "#/definitions",
    "#/allOf/0",
    "#/allOf/7",
    "#/allOf/x",
  ],
  ...["a", "#a", "/d/a", "urn:a", "a.json", "", "?", ":", "#/definitions/%61"],
];
const referring = ["", '"$id": "x:/d/",', '"$id": "urn:a",', '"id": "a",'].flatMap((own) =>
  REFERENCES.map(
    (to) =>
      `{${own} "definitions": {"a": {"type": "string"}, "b": {"$id": "#a"}, "x/y": {}}, "allOf": [{}], "items": {"$ref": "${to}"}}`,
  ),
);
const sameIds = '{"definitions": {"a": {"$id": "x"}, "b": {"$id": "x"}}, "enum": [{"$id": "x"}]}';
const drafts = ["http://json-schema.org/draft-04/schema", "https://json-schema.org/draft-04/schema#", ":", "urn:x"];

export const schemaCalls = [
  ...combine("json.verify_schema", [...referring, sameIds]),
  ...combine("json.match_schema", ['[1, "a"]'], referring),
  ...combine(
    "json.verify_schema",
    KEYWORDS.split(" ").flatMap((name) => VALUES.map((value) => `{"${name}": ${value}}`)),
  ),
  ...combine(
    "json.verify_schema",
    drafts.map((draft) => `{"$schema": "${draft}", "exclusiveMinimum": 1}`),
  ),
  ...["%", "%zz", "a b", ":", "http://[", "ok", "a%20", "1:a", "//a:b", "http://a:x/", ""].flatMap((id) =>
    combine("json.verify_schema", [`{"$id": ${JSON.stringify(id)}}`, `{"id": ${JSON.stringify(id)}}`]),
  ),
  ...combine("json.verify_schema", [
    '{"$id": 1}',
    '{"id": null}',
    '{"properties": {"a": {"$id": []}}}',
    '{"$schema": 1}',
    '{"$id": "a"}',
  ]),
  ...combine(
    "json.verify_schema",
    [4, 6, 7].flatMap((n) =>
      ["id", "$id"].map((id) => `{"$schema": "http://json-schema.org/draft-0${n}/schema#", "${id}": 1}`),
    ),
  ),
  ...combine("json.match_schema", ['{"a": 1}'], ['{"properties": {"a": {"$id": 1, "type": "string"}}}']),
  ...combine("json.verify_schema", SCHEMAS),
  ...combine("json.match_schema", DOCUMENTS, SCHEMAS),
];
