import type { DocumentNode } from "graphql";
import type { Value } from "../value.ts";
import { RegoObject } from "../value.ts";
import { queryDocument, schemaDocument } from "./graphql/documents.ts";
import { queryAst } from "./graphql/query-ast.ts";
import { schemaAst } from "./graphql/schema-ast.ts";
import { checkQuery, checkedSchema } from "./graphql/validation.ts";
import { stringAt } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError, succeeds } from "./types.ts";

interface Checked {
  readonly query: DocumentNode;
  readonly schema: DocumentNode;
}

function check(context: BuiltinContext, queryValue: Value | undefined, schemaValue: Value | undefined): Checked {
  const query = queryDocument(context, queryValue);
  const schema = schemaDocument(context, schemaValue);
  checkQuery(context, checkedSchema(context, schema, schemaValue), query);
  return { query, schema };
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
