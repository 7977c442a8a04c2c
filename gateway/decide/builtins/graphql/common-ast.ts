import type { ArgumentNode, ConstDirectiveNode, DirectiveNode, StringValueNode, TypeNode, ValueNode } from "graphql";
import { Kind } from "graphql";

import type { RegoObject, Value } from "../../value.ts";
import { node, nodes } from "./node.ts";

/** Parts that queries and schemas share, from graphql-js' tree to the one of gqlparser, which OPA exposes. */

const VALUE_KINDS: Readonly<Record<string, number>> = {
  [Kind.VARIABLE]: 0,
  [Kind.INT]: 1,
  [Kind.FLOAT]: 2,
  [Kind.STRING]: 3,
  [Kind.BOOLEAN]: 5,
  [Kind.NULL]: 6,
  [Kind.ENUM]: 7,
  [Kind.LIST]: 8,
  [Kind.OBJECT]: 9,
};

export function valueNode(value: ValueNode): RegoObject {
  const kind = value.kind === Kind.STRING && value.block === true ? 4 : (VALUE_KINDS[value.kind] as number);
  return node({ Kind: kind, Raw: rawText(value), Children: childNodes(value), ExpectedTypeHasDefault: false });
}

function rawText(value: ValueNode): string {
  switch (value.kind) {
    case Kind.VARIABLE:
      return value.name.value;
    case Kind.NULL:
      return "null";
    case Kind.LIST:
    case Kind.OBJECT:
      return "";
    default:
      return String(value.value);
  }
}

function childNodes(value: ValueNode): Value {
  if (value.kind === Kind.LIST) return nodes(value.values, (item) => node({ Name: "", Value: valueNode(item) }));
  if (value.kind !== Kind.OBJECT) return [];
  return nodes(value.fields, (field) => node({ Name: field.name.value, Value: valueNode(field.value) }));
}

export function typeNode(type: TypeNode): RegoObject {
  const inner = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  const nonNull = type.kind === Kind.NON_NULL_TYPE;
  if (inner.kind === Kind.NAMED_TYPE) return node({ NamedType: inner.name.value, NonNull: nonNull });
  return node({ NamedType: "", Elem: typeNode(inner.type), NonNull: nonNull });
}

export function argumentNodes(items: readonly ArgumentNode[] | undefined): Value {
  return nodes(items, (item) => node({ Name: item.name.value, Value: valueNode(item.value) }));
}

export function directiveNodes(items: readonly (DirectiveNode | ConstDirectiveNode)[] | undefined): Value {
  return nodes(items, (item) =>
    node({ Name: item.name.value, Arguments: argumentNodes(item.arguments), Location: "" }),
  );
}

export function descriptionText(description: StringValueNode | undefined): string {
  return description?.value ?? "";
}
