import {
  type DocumentNode,
  GraphQLError,
  Kind,
  Lexer,
  Source,
  TokenKind,
  isExecutableDefinitionNode,
  parse,
} from "graphql";
import type { Value } from "../../value.ts";
import { RegoObject } from "../../value.ts";
import { wrongType } from "../operands.ts";
import { type BuiltinContext, BuiltinError } from "../types.ts";
import { queryText, schemaText } from "./ast-text.ts";

const control = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

/** A document of operations and fragments, from its text or from the object that `graphql.parse_query` gives. @throws BuiltinError */
export function queryDocument(context: BuiltinContext, value: Value | undefined): DocumentNode {
  const text = value instanceof RegoObject ? queryText(value) : value;
  if (typeof text !== "string") throw wrongType(0, value, "string", "object");
  const document = parseDocument(context, text);
  for (const definition of document.definitions) {
    if (!isExecutableDefinitionNode(definition))
      throw new BuiltinError(`GraphQL parse error: unexpected ${definition.kind}`);
    if (definition.description !== undefined)
      throw new BuiltinError("GraphQL parse error: operations and fragments have no description");
  }
  return document;
}

/** A document of type definitions, from its text or from the object that `graphql.parse_schema` gives. @throws BuiltinError */
export function schemaDocument(context: BuiltinContext, value: Value | undefined): DocumentNode {
  const text = value instanceof RegoObject ? schemaText(value) : value;
  if (typeof text !== "string") throw wrongType(1, value, "string", "object");
  const document = parseDocument(context, text);
  const foreign = document.definitions.find(isExecutableDefinitionNode);
  if (foreign !== undefined) throw new BuiltinError(`GraphQL parse error: unexpected ${foreign.kind}`);
  return document;
}

/** Parsing is linear; a thousand characters take some hundred microseconds. */
function parseDocument(context: BuiltinContext, text: string): DocumentNode {
  context.charge(500 + text.length * 60);
  // gqlparser takes a document without definitions.
  if (/^(?:[\s,\ufeff]|#[^\n\r]*)*$/.test(text)) return { kind: Kind.DOCUMENT, definitions: [] };
  return orBuiltinError(() => {
    checkStrings(text);
    return parse(text, { noLocation: true, allowLegacyFragmentVariables: true, maxTokens: 100_000 });
  });
}

/** gqlparser keeps to the specification of 2021: no control characters in strings, and no escapes of variable width. */
function checkStrings(text: string): void {
  if (!control.test(text) && !text.includes("\\u{")) return;
  const lexer = new Lexer(new Source(text));
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    const raw = text.slice(token.start, token.end);
    const isString = token.kind === TokenKind.STRING;
    if ((isString || token.kind === TokenKind.BLOCK_STRING) && control.test(raw))
      throw new BuiltinError("GraphQL parse error: invalid character within String");
    if (isString && /^(?:[^\\]|\\[^u]|\\u[^{])*\\u\{/.test(raw))
      throw new BuiltinError("GraphQL parse error: invalid character escape sequence");
  }
}

/** What `make` gives. @throws BuiltinError for an invalid document */
export function orBuiltinError<T>(make: () => T): T {
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
