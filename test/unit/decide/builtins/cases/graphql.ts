import { combine, texts } from "./generate.ts";

// prettier-ignore
const QUERIES = texts("{ a }", "query { a }", "mutation { a }", "mutation { __typename }", "mutation { ... { a } }", "mutation { ... on Query { a } }",
  "fragment F on Query { a } mutation { ...F }", "subscription { a }", "subscription { a b }", "subscription { __typename }", "query A { a } mutation B { a }",
  "{ __typename }", "{ __schema { types { name } } }", '{ __type(name: "T") { name } }', "", "# nothing", "fragment F on Query { a }", "{ b }",
  "{ ... @defer { a } }", '{ a @defer(label: "x") }', '"text" query { a }', '"text" fragment F on Query { a } { ...F }', "{ t { __typename ... on T { a } } }");
// prettier-ignore
const SCHEMAS = texts("", "scalar X", "type Query { a: Int }", "type Mutation { a: Int }", "type Query { a: Int } type Mutation { a: Int }",
  "type Query { a: Int } type Subscription { a: Int b: Int }", "schema { query: Q } type Q { a: Int } type Query { b: Int } type Mutation { a: Int }",
  "schema { mutation: M } type M { a: Int } type Query { a: Int }", "extend schema { mutation: M } type M { a: Int } type Mutation { b: Int }",
  "extend schema { mutation: M } type M { a: Int } type Query { a: Int }", "extend type Mutation { a: Int }", "extend type Query { a: Int }",
  "scalar Int type Query { a: Int }", "type String { a: Int } type Query { a: Int }", "directive @x(a: Int @x) on ARGUMENT_DEFINITION type Query { a: Int }",
  "union U type Query { a: Int }", "type Query { a(i: Int! @deprecated): Int }", "directive @defer on FIELD type Query { a: Int }",
  "union U = T type T { a: Int } type Query { a: Int t: U }", "type __X { a: Int } type Query { a: Int }", "type Query { a: Int } query { a }");
// prettier-ignore
const STRINGS = ["\\u{1F600}", "\\\\u{1}", "\u0001", "\t", "\\u0041", "\\u00e9"].flatMap((text) => texts(`{ a(i: "${text}") }`, `{ a(i: """${text}""") }`));

const withString = texts("type Query { a(i: String): Int }");

export const graphqlCalls = [
  ...["graphql.is_valid", "graphql.parse_and_verify", "graphql.parse"].flatMap((name) => [
    ...combine(name, QUERIES, SCHEMAS),
    ...combine(name, STRINGS, withString),
  ]),
  ...combine("graphql.schema_is_valid", SCHEMAS),
  ...combine("graphql.parse_query", [...QUERIES, ...STRINGS]),
];
