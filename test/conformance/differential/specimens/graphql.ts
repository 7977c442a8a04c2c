import fc from "fast-check";
import type { Specimens } from "./specimens.ts";

const pick = fc.constantFrom<string[]>;
const joined = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.join(" "));
const some = (part: fc.Arbitrary<string>, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(part, { minLength, maxLength }).map((all) => all.join("\n"));

const inputType = pick("Int", "String!", "[Int]", "In", "E", "J", "ID", "Float");
const outputType = pick("Int", "String", "Int!", "[Int!]", "T", "I", "U", "E", "J");
const literal = pick(
  "1",
  "-1",
  "1.5",
  '"x"',
  '"\\u0041"',
  '"\\u{41}"',
  '"\u0001"',
  '"""b"""',
  "true",
  "null",
  "A",
  "[]",
  "{x: 1}",
  "$v",
);
const directive = pick("", "", "", "", "@skip(if: true)", "@d", "@d(a: 1)", "@deprecated", "@defer", "@r @r");
const given = fc.oneof(fc.constant(""), joined(pick("(i:", "(x:"), literal, fc.constant(")")));

const { selections } = fc.letrec<Record<"selections" | "selection", string>>((tie) => ({
  selections: some(tie("selection"), 1, 2).map((all) => `{ ${all} }`),
  selection: fc.oneof(
    { depthSize: "small" },
    joined(pick("a", "b", "c", "x: a", "__typename"), given, directive),
    joined(pick("t", "u", "n", "a"), directive, tie("selections")),
    joined(pick("...", "... on T", "... on Query", "... on I", "... on Mutation"), directive, tie("selections")),
    pick("...F", "__schema { types { name } }", '__type(name: "T") { name }'),
  ),
}));
const simple = joined(pick("query", "mutation", "subscription"), pick("{ a }", "{ __typename }", "{ t { a } }"));
const kind = pick("", "query", "query A", "query ($v: Int)", "mutation", "subscription", '"text" query');
const operation = joined(kind, directive, selections);
const fragment = joined(pick("fragment F on T", "fragment F on Query", "fragment F on Mutation"), selections);
const query = fc.oneof(
  { weight: 3, arbitrary: simple },
  { weight: 4, arbitrary: operation },
  { weight: 1, arbitrary: joined(operation, operation) },
  { weight: 2, arbitrary: joined(operation, fragment) },
  { weight: 1, arbitrary: pick("", "{ a }") },
);

const field = joined(
  pick("a", "b", "c", "t", "u", "n"),
  fc.oneof(
    pick("", ""),
    inputType.map((type) => `(i: ${type})`),
  ),
).chain((name) => joined(fc.constant(`${name}:`), outputType, directive));
const fields = some(field, 1, 3).map((all) => `{ ${all} }`);
const definition = fc.oneof(
  joined(
    pick(
      "type Query",
      "type Mutation",
      "type Subscription",
      "type T implements I",
      "type T",
      "interface I",
      "extend type Query",
    ),
    fields,
  ),
  joined(pick("type String", "type Int", "type __X", "extend type Mutation"), fields),
  pick(
    "union U = T",
    "union U = T | T",
    "union U",
    "enum E { A B }",
    "enum E { A A }",
    "scalar J",
    "scalar Int",
    "input In { x: Int y: In }",
    "input In { x: In! }",
  ),
  pick(
    "directive @d(a: Int) on FIELD | OBJECT",
    "directive @d(a: Int @d) on ARGUMENT_DEFINITION",
    "directive @r repeatable on FIELD",
  ),
  pick(
    "schema { query: T }",
    "schema { query: Query mutation: T }",
    "schema { mutation: T }",
    "extend schema { mutation: T }",
  ),
);
/** Parts of a schema that is whole: with one of them left out, or one more, it often still is. */
const parts = [
  "type T implements I { a: Int! b: String t(i: Int): T c: Float n: I }",
  "interface I { a: Int }",
  "union U = T | Query",
  "enum E { A B }",
  "input In { x: Int y: In }",
  "scalar J",
  "directive @d(a: Int) on FIELD | INLINE_FRAGMENT | QUERY | OBJECT",
  "directive @r repeatable on FIELD",
];
const roots = fc
  .subarray([
    "type Query { a(i: Int, x: In): Int b(i: [Int!]): String t: T u: U n: I }",
    "type Mutation { a: Int t: T }",
    "type Subscription { a: Int b: Int }",
  ])
  .map((all) => all.join("\n"));
const types = fc.subarray(parts, { minLength: parts.length - 1 }).map((all) => all.join("\n"));
const schema = fc.oneof(
  { weight: 4, arbitrary: joined(roots, types) },
  { weight: 2, arbitrary: joined(roots, types, definition) },
  { weight: 1, arbitrary: pick("", "scalar X", "type Query { a: Int }", "type Mutation { a: Int }") },
  { weight: 1, arbitrary: some(definition, 0, 5) },
);

/** Operations, well-formed for the most part, and schemas that lack a root, a type or a directive that they use. */
export const graphqlSpecimens: Specimens = {
  "graphql.is_valid": fc.tuple(query, schema),
  "graphql.parse": fc.tuple(query, schema),
  "graphql.parse_and_verify": fc.tuple(query, schema),
  "graphql.parse_query": fc.tuple(query),
  "graphql.parse_schema": fc.tuple(schema),
  "graphql.schema_is_valid": fc.tuple(schema),
};
