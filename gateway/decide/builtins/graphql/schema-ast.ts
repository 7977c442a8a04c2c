import type {
  DefinitionNode,
  DirectiveDefinitionNode,
  DocumentNode,
  FieldDefinitionNode,
  InputValueDefinitionNode,
  SchemaDefinitionNode,
  SchemaExtensionNode,
  TypeDefinitionNode,
  TypeExtensionNode,
} from "graphql";
import { Kind, isTypeDefinitionNode, isTypeExtensionNode } from "graphql";

import type { RegoObject, Value } from "../../value.ts";
import { descriptionText, directiveNodes, typeNode, valueNode } from "./common-ast.ts";
import { node, nodes } from "./node.ts";

export function schemaAst(document: DocumentNode): RegoObject {
  const pick = <T extends DefinitionNode>(is: (item: DefinitionNode) => item is T): T[] =>
    document.definitions.filter(is);
  return node({
    Schema: nodes(
      pick((item) => item.kind === Kind.SCHEMA_DEFINITION),
      schemaNode,
    ),
    SchemaExtension: nodes(
      pick((item) => item.kind === Kind.SCHEMA_EXTENSION),
      schemaNode,
    ),
    Directives: nodes(
      pick((item) => item.kind === Kind.DIRECTIVE_DEFINITION),
      directiveDefinitionNode,
    ),
    Definitions: nodes(pick(isTypeDefinitionNode), definitionNode),
    Extensions: nodes(pick(isTypeExtensionNode), definitionNode),
  });
}

function schemaNode(schema: SchemaDefinitionNode | SchemaExtensionNode): RegoObject {
  return node({
    Description: schema.kind === Kind.SCHEMA_DEFINITION ? descriptionText(schema.description) : "",
    Directives: directiveNodes(schema.directives),
    OperationTypes: nodes(schema.operationTypes, (item) =>
      node({ Operation: item.operation, Type: item.type.name.value }),
    ),
  });
}

function directiveDefinitionNode(directive: DirectiveDefinitionNode): RegoObject {
  return node({
    Description: descriptionText(directive.description),
    Name: directive.name.value,
    Arguments: inputNodes(directive.arguments),
    Locations: directive.locations.map((item) => item.value),
    IsRepeatable: directive.repeatable,
  });
}

const KINDS: Readonly<Record<string, string>> = {
  Scalar: "SCALAR",
  Object: "OBJECT",
  Interface: "INTERFACE",
  Union: "UNION",
  Enum: "ENUM",
  InputObject: "INPUT_OBJECT",
};

function definitionNode(type: TypeDefinitionNode | TypeExtensionNode): RegoObject {
  return node({
    Kind: KINDS[type.kind.replace(/Type(?:Definition|Extension)$/, "")],
    Description: "description" in type ? descriptionText(type.description) : "",
    Name: type.name.value,
    Directives: directiveNodes(type.directives),
    Interfaces: "interfaces" in type ? (type.interfaces ?? []).map((item) => item.name.value) : [],
    Fields: "fields" in type ? nodes<FieldDefinitionNode | InputValueDefinitionNode>(type.fields, fieldNode) : [],
    Types: "types" in type ? (type.types ?? []).map((item) => item.name.value) : [],
    EnumValues:
      "values" in type
        ? nodes(type.values, (item) =>
            node({
              Description: descriptionText(item.description),
              Name: item.name.value,
              Directives: directiveNodes(item.directives),
            }),
          )
        : [],
    BuiltIn: false,
  });
}

function fieldNode(field: FieldDefinitionNode | InputValueDefinitionNode): RegoObject {
  return node({
    Description: descriptionText(field.description),
    Name: field.name.value,
    Arguments: field.kind === Kind.FIELD_DEFINITION ? inputNodes(field.arguments) : [],
    DefaultValue: defaultNode(field),
    Type: typeNode(field.type),
    Directives: directiveNodes(field.directives),
  });
}

function inputNodes(inputs: readonly InputValueDefinitionNode[] | undefined): Value {
  return nodes(inputs, (item) =>
    node({
      Description: descriptionText(item.description),
      Name: item.name.value,
      DefaultValue: defaultNode(item),
      Type: typeNode(item.type),
      Directives: directiveNodes(item.directives),
    }),
  );
}

function defaultNode(field: FieldDefinitionNode | InputValueDefinitionNode): Value | undefined {
  return field.kind === Kind.INPUT_VALUE_DEFINITION && field.defaultValue !== undefined
    ? valueNode(field.defaultValue)
    : undefined;
}
