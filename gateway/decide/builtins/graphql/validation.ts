import {
  type DefinitionNode,
  DirectiveLocation,
  type DirectiveNode,
  type DocumentNode,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLError,
  GraphQLSchema,
  GraphQLString,
  Kind,
  type OperationTypeDefinitionNode,
  type OperationTypeNode,
  type ValidationRule,
  buildASTSchema,
  introspectionTypes,
  isObjectType,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  specifiedRules,
  specifiedScalarTypes,
  validate,
  validateSchema,
} from "graphql";
import type { Value } from "../../value.ts";
import { type BuiltinContext, BuiltinError } from "../types.ts";
import { orBuiltinError } from "./documents.ts";

const MAX_CACHED = 10;
const schemas = new Map<string, GraphQLSchema>();

/** The schema of a document, checked. @throws BuiltinError for the first thing wrong with it */
export function checkedSchema(context: BuiltinContext, document: DocumentNode, key: Value | undefined): GraphQLSchema {
  const known = typeof key === "string" ? schemas.get(key) : undefined;
  if (known !== undefined) return known;
  context.charge(20_000 + document.definitions.length * 3_000);
  const problem = ownProblem(document) ?? libraryProblem(document);
  if (problem !== undefined) throw new BuiltinError(problem);
  const schema = orBuiltinError(() => build(document));
  if (typeof key === "string") {
    if (schemas.size >= MAX_CACHED) schemas.delete(schemas.keys().next().value as string);
    schemas.set(key, schema);
  }
  return schema;
}

/** @throws BuiltinError for the first thing wrong with a query under a checked schema */
export function checkQuery(context: BuiltinContext, schema: GraphQLSchema, query: DocumentNode): void {
  const size = JSON.stringify(query).length;
  // Merging overlapping fields compares pairs of them.
  context.charge(size * 10 + Math.ceil((size / 100) ** 2));
  const [problem] = orBuiltinError(() => validate(schema, query, rules, { maxErrors: 1 }));
  if (problem !== undefined) throw new BuiltinError(problem.message);
}

/** graphql-js looks for the root type of an operation only when it executes it, and checks no field below one that is missing. */
const knownRootType: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (!isObjectType(context.getSchema().getRootType(node.operation)))
      context.reportError(new GraphQLError(`Schema does not support operation type "${node.operation}"`));
  },
});
const rules = [knownRootType, ...specifiedRules];

/** What gqlparser refuses and graphql-js takes. */
function ownProblem({ definitions }: DocumentNode): string | undefined {
  for (const definition of definitions) {
    if (isTypeDefinitionNode(definition) && builtInTypes.has(definition.name.value))
      return `Cannot redeclare type ${definition.name.value}.`;
    if (definition.kind !== Kind.DIRECTIVE_DEFINITION) continue;
    const own = definition.name.value;
    const refersToItself = ({ name }: DirectiveNode) => name.value === own;
    if (definition.arguments?.some(({ directives }) => directives?.some(refersToItself)))
      return `Directive ${own} cannot refer to itself.`;
  }
  return undefined;
}

const builtInTypes = new Set([...specifiedScalarTypes, ...introspectionTypes].map(({ name }) => name));

function libraryProblem(document: DocumentNode): string | undefined {
  const defined = withDefinitions(document);
  return orBuiltinError(() => validateSchema(buildASTSchema(defined))).find(({ message }) => !isTolerated(message))
    ?.message;
}

/** What gqlparser takes and graphql-js refuses; assumeValid keeps validate() from asking for a query type again. */
function isTolerated(message: string): boolean {
  return (
    message === "Query root type must be provided." ||
    /^Union type \w+ must define one or more member types\.$/.test(message) ||
    /^Required argument .* cannot be deprecated\.$/.test(message)
  );
}

function build(document: DocumentNode): GraphQLSchema {
  const defined = withDefinitions(document);
  // Of no definitions buildASTSchema would make a schema that has to be valid after all.
  const schema =
    defined.definitions.length === 0
      ? new GraphQLSchema({ assumeValid: true })
      : buildASTSchema(defined, { assumeValid: true });
  if (schema.getDirective(defer.name)) return schema;
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, assumeValid: true, directives: [...config.directives, defer] });
}

/** A directive of every schema in gqlparser, which graphql-js does not know. */
const defer = new GraphQLDirective({
  name: "defer",
  locations: [DirectiveLocation.FRAGMENT_SPREAD, DirectiveLocation.INLINE_FRAGMENT],
  args: { if: { type: GraphQLBoolean, defaultValue: true }, label: { type: GraphQLString } },
});

/** Extensions of what is defined nowhere define it, as in gqlparser (and in federated schemas). */
function withDefinitions(document: DocumentNode): DocumentNode {
  const known = new Set(document.definitions.filter(isTypeDefinitionNode).map((type) => type.name.value));
  const definitions = document.definitions.map((definition): DefinitionNode => {
    if (!isTypeExtensionNode(definition) || known.has(definition.name.value)) return definition;
    known.add(definition.name.value);
    return { ...definition, kind: definition.kind.replace("Extension", "Definition") } as DefinitionNode;
  });
  return { ...document, definitions: withSchemaDefinition(definitions, known) };
}

/** An extended schema that is defined nowhere has the roots that the extensions name, and the usual names for the others. */
function withSchemaDefinition(definitions: readonly DefinitionNode[], types: ReadonlySet<string>): DefinitionNode[] {
  const extensions = definitions.filter((definition) => definition.kind === Kind.SCHEMA_EXTENSION);
  if (extensions.length === 0 || definitions.some(({ kind }) => kind === Kind.SCHEMA_DEFINITION))
    return [...definitions];
  const usual = Object.entries(usualRoots)
    .filter(([, name]) => types.has(name))
    .map(([operation, name]) => rootNode(operation as OperationTypeNode, name));
  const named = extensions.flatMap(({ operationTypes = [] }) => operationTypes);
  const roots = new Map([...usual, ...named].map((root) => [root.operation, root]));
  return [
    ...definitions.filter(({ kind }) => kind !== Kind.SCHEMA_EXTENSION),
    {
      kind: Kind.SCHEMA_DEFINITION,
      directives: extensions.flatMap(({ directives = [] }) => directives),
      operationTypes: [...roots.values()],
    },
  ];
}

const usualRoots: Readonly<Record<OperationTypeNode, string>> = {
  query: "Query",
  mutation: "Mutation",
  subscription: "Subscription",
};

function rootNode(operation: OperationTypeNode, name: string): OperationTypeDefinitionNode {
  const type = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } } as const;
  return { kind: Kind.OPERATION_TYPE_DEFINITION, operation, type };
}
