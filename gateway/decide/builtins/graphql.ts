import type { DefinitionNode, DocumentNode } from "graphql";
import {
  GraphQLError,
  GraphQLSchema,
  Kind,
  buildASTSchema,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  parse,
  validate,
  validateSchema,
} from "graphql";

import type { Value } from "../value.ts";
import { RegoObject } from "../value.ts";
import { queryText, schemaText } from "./graphql/ast-text.ts";
import { queryAst } from "./graphql/query-ast.ts";
import { schemaAst } from "./graphql/schema-ast.ts";
import { stringAt, wrongType } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

const MAX_CACHED = 10;
const schemas = new Map<string, GraphQLSchema>();

/** Parsing is linear; a thousand characters take some hundred microseconds. */
function parseDocument(context: BuiltinContext, text: string, accepts: (kind: Kind) => boolean): DocumentNode {
  context.charge(500 + text.length * 60);
  // gqlparser takes a document without definitions.
  if (/^(?:[\s,\ufeff]|#[^\n\r]*)*$/.test(text)) return { kind: Kind.DOCUMENT, definitions: [] };
  const document = orBuiltinError(() =>
    parse(text, { noLocation: true, allowLegacyFragmentVariables: true, maxTokens: 100_000 }),
  );
  const foreign = document.definitions.find((definition) => !accepts(definition.kind));
  if (foreign !== undefined) throw new BuiltinError(`GraphQL parse error: unexpected ${foreign.kind}`);
  return document;
}

function orBuiltinError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    // buildASTSchema reports an invalid document with a plain Error; a RangeError is a stack that ended.
    if (error instanceof GraphQLError || (error instanceof Error && error.constructor === Error)) {
      throw new BuiltinError(`GraphQL parse error: ${error.message}`);
    }
    if (error instanceof RangeError) throw new BuiltinError("GraphQL parse error: nested too deeply");
    throw error;
  }
}

function isExecutable(kind: Kind): boolean {
  return kind === Kind.OPERATION_DEFINITION || kind === Kind.FRAGMENT_DEFINITION;
}

function queryDocument(context: BuiltinContext, value: Value | undefined): DocumentNode {
  const text = value instanceof RegoObject ? queryText(value) : value;
  if (typeof text !== "string") throw wrongType(0, value, "string", "object");
  return parseDocument(context, text, isExecutable);
}

function schemaDocument(context: BuiltinContext, value: Value | undefined): DocumentNode {
  const text = value instanceof RegoObject ? schemaText(value) : value;
  if (typeof text !== "string") throw wrongType(1, value, "string", "object");
  return parseDocument(context, text, (kind) => !isExecutable(kind));
}

/** A schema that has been checked. @throws BuiltinError for the first thing wrong with it */
function checkedSchema(context: BuiltinContext, document: DocumentNode, key: Value | undefined): GraphQLSchema {
  const known = typeof key === "string" ? schemas.get(key) : undefined;
  if (known !== undefined) return known;
  context.charge(20_000 + document.definitions.length * 3_000);
  const defined = defineExtended(document);
  // A schema need not have a query type here; assumeValid keeps validate() from asking for one again.
  const [problem] = orBuiltinError(() => validateSchema(buildASTSchema(defined))).filter(
    ({ message }) => message !== "Query root type must be provided.",
  );
  if (problem !== undefined) throw new BuiltinError(problem.message);
  // Of no definitions it would make a schema that has to be valid after all.
  const schema = orBuiltinError(() =>
    defined.definitions.length === 0
      ? new GraphQLSchema({ assumeValid: true })
      : buildASTSchema(defined, { assumeValid: true }),
  );
  if (typeof key === "string") {
    if (schemas.size >= MAX_CACHED) schemas.delete(schemas.keys().next().value as string);
    schemas.set(key, schema);
  }
  return schema;
}

/** An extension of a type that is defined nowhere defines it, as in gqlparser (and in federated schemas). */
function defineExtended(document: DocumentNode): DocumentNode {
  const known = new Set(document.definitions.filter(isTypeDefinitionNode).map((type) => type.name.value));
  const definitions = document.definitions.map((definition): DefinitionNode => {
    if (!isTypeExtensionNode(definition) || known.has(definition.name.value)) return definition;
    known.add(definition.name.value);
    return { ...definition, kind: definition.kind.replace("Extension", "Definition") } as DefinitionNode;
  });
  return { ...document, definitions };
}

interface Checked {
  readonly query: DocumentNode;
  readonly schema: DocumentNode;
}

function check(context: BuiltinContext, queryValue: Value | undefined, schemaValue: Value | undefined): Checked {
  const query = queryDocument(context, queryValue);
  const schema = schemaDocument(context, schemaValue);
  const built = checkedSchema(context, schema, schemaValue);
  const size = JSON.stringify(query).length;
  // Merging overlapping fields compares pairs of them.
  context.charge(size * 10 + Math.ceil((size / 100) ** 2));
  const [problem] = orBuiltinError(() => validate(built, query, undefined, { maxErrors: 1 }));
  if (problem !== undefined) throw new BuiltinError(problem.message);
  return { query, schema };
}

/** Whether it went through without a builtin error. */
function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
}

const parseBoth: Builtin = (context, query, schema) => {
  const checked = check(context, query, schema);
  return [queryAst(checked.query), schemaAst(checked.schema)];
};

const parseAndVerify: Builtin = (context, query, schema) => {
  try {
    const checked = check(context, query, schema);
    return [true, queryAst(checked.query), schemaAst(checked.schema)];
  } catch (error) {
    if (error instanceof BuiltinError) return [false, new RegoObject(), new RegoObject()];
    throw error;
  }
};

export const graphql: Readonly<Record<string, Builtin>> = {
  "graphql.parse": parseBoth,
  "graphql.parse_and_verify": parseAndVerify,
  "graphql.parse_query": (context, query) => queryAst(queryDocument(context, stringAt(1, query))),
  "graphql.parse_schema": (context, schema) => schemaAst(schemaDocument(context, stringAt(1, schema))),
  "graphql.is_valid": (context, query, schema) => succeeds(() => check(context, query, schema)),
  "graphql.schema_is_valid": (context, schema) =>
    succeeds(() => checkedSchema(context, schemaDocument(context, schema), schema)),
};
