import type { JsonObject } from "../../lib/json.ts";
import { operationsOf } from "./document.ts";
import { PathTree, readTemplate, type TemplateSegment } from "./path-tree.ts";

export interface Operation {
  /** operationId, else `METHOD template`. */
  readonly name: string;
  /** Path parameters by name, decoded. */
  readonly parameters: readonly (readonly [string, string])[];
  /** The operation object as the document has it. */
  readonly definition: JsonObject;
  /** Names of its query parameters that are lists, one pair for each item. */
  readonly lists: ReadonlySet<string>;
  /** The same of the fields of its form body. */
  readonly formLists: ReadonlySet<string>;
}

/** Finds the operation that a request means; null when the document has none. */
export type OperationFinder = (method: string, segments: readonly string[]) => Operation | null;

interface Known extends Pick<Operation, "name" | "definition" | "lists" | "formLists"> {
  readonly names: readonly string[];
}

/**
 * @param document OpenAPI 3.x as parsed JSON or YAML; null or undefined when the route has none
 * @throws Error naming what in the document has two meanings
 */
export function operationFinder(document: unknown): OperationFinder {
  if (document === null || document === undefined) return () => null;
  const tree = new PathTree<Map<string, Known>>();
  const owners = new Map<string, string>();
  for (const { method, template, bases, operation, ...described } of operationsOf(document)) {
    const name = toolName(method, template, operation);
    const place = `${method} ${template}`;
    if (owners.has(name))
      throw new Error(`OpenAPI operation ${name} is described twice: ${owners.get(name)} and ${place}`);
    owners.set(name, place);
    for (const base of bases)
      addOperation(tree, `${base}${template}`, method, { ...described, name, definition: operation });
  }
  return (method, segments) => find(tree, method, segments);
}

function toolName(method: string, template: string, operation: JsonObject): string {
  const { operationId } = operation;
  return typeof operationId === "string" && operationId !== "" ? operationId : `${method} ${template}`;
}

function addOperation(
  tree: PathTree<Map<string, Known>>,
  path: string,
  method: string,
  known: Omit<Known, "names">,
): void {
  const segments = readTemplate(path);
  const operations = tree.at(segments, () => new Map<string, Known>());
  if (operations.has(method)) throw new Error(`OpenAPI paths give ${method} ${path} two meanings`);
  operations.set(method, { ...known, names: parameterNames(segments, path) });
}

function parameterNames(segments: readonly TemplateSegment[], path: string): string[] {
  const names = segments.flatMap((segment) => (segment.kind === "parameter" ? [segment.name] : []));
  if (new Set(names).size < names.length) throw new Error(`OpenAPI path ${path} names a parameter twice`);
  return names;
}

function find(tree: PathTree<Map<string, Known>>, method: string, segments: readonly string[]): Operation | null {
  const match = tree.find(segments);
  const known = match?.leaf.get(method);
  if (match === null || known === undefined) return null;
  const parameters = known.names.map((name, index) => [name, match.values[index] ?? ""] as const);
  const { name, definition, lists, formLists } = known;
  return { name, definition, lists, formLists, parameters };
}
