import type {
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
  VariableDefinitionNode,
} from "graphql";
import { Kind } from "graphql";

import type { RegoObject, Value } from "../../value.ts";
import { argumentNodes, directiveNodes, typeNode, valueNode } from "./common-ast.ts";
import { node, nodes } from "./node.ts";

export function queryAst(document: DocumentNode): RegoObject {
  return node({
    Operations: nodes(
      document.definitions.filter((item) => item.kind === Kind.OPERATION_DEFINITION),
      operationNode,
    ),
    Fragments: nodes(
      document.definitions.filter((item) => item.kind === Kind.FRAGMENT_DEFINITION),
      fragmentNode,
    ),
  });
}

function operationNode(operation: OperationDefinitionNode): RegoObject {
  return node({
    Operation: operation.operation,
    Name: operation.name?.value ?? "",
    VariableDefinitions: variableNodes(operation.variableDefinitions),
    Directives: directiveNodes(operation.directives),
    SelectionSet: selectionNodes(operation.selectionSet),
  });
}

function fragmentNode(fragment: FragmentDefinitionNode): RegoObject {
  return node({
    Name: fragment.name.value,
    VariableDefinition: variableNodes(fragment.variableDefinitions),
    TypeCondition: fragment.typeCondition.name.value,
    Directives: directiveNodes(fragment.directives),
    SelectionSet: selectionNodes(fragment.selectionSet),
  });
}

function variableNodes(variables: readonly VariableDefinitionNode[] | undefined): Value {
  return nodes(variables, (item) =>
    node({
      Variable: item.variable.name.value,
      Type: typeNode(item.type),
      DefaultValue: item.defaultValue === undefined ? undefined : valueNode(item.defaultValue),
      Directives: directiveNodes(item.directives),
      Used: false,
    }),
  );
}

function selectionNodes(set: SelectionSetNode | undefined): Value {
  return nodes(set?.selections, (item) => {
    if (item.kind === Kind.FRAGMENT_SPREAD) {
      return node({ Name: item.name.value, Directives: directiveNodes(item.directives) });
    }
    if (item.kind === Kind.INLINE_FRAGMENT) {
      return node({
        TypeCondition: item.typeCondition?.name.value ?? "",
        Directives: directiveNodes(item.directives),
        SelectionSet: selectionNodes(item.selectionSet),
      });
    }
    return node({
      Alias: item.alias?.value ?? item.name.value,
      Name: item.name.value,
      Arguments: argumentNodes(item.arguments),
      Directives: directiveNodes(item.directives),
      SelectionSet: selectionNodes(item.selectionSet),
    });
  });
}
