import { listedKindOf } from "../domain/definition-kinds.ts";
import type { DefinitionFact, Facts } from "../domain/facts.ts";
import type { ActivePolicy, DefinitionLedger } from "../domain/ports.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import { oncePer } from "../lib/caches.ts";
import { internJson } from "../lib/json.ts";
import { definitionDigest, noDefinition } from "./definition-facts.ts";

type LookUpDefinition = () => Awaitable<DefinitionFact>;

export interface DefinedCall extends Pick<Facts, "catalog"> {
  readonly definition: LookUpDefinition;
}

/** The catalog line of the name that the call has; its definition is looked up later, together with the other facts. */
export function definedByName(
  policy: ActivePolicy,
  { resourceType, name, route: { server } }: ToolCall,
  definition: LookUpDefinition,
): DefinedCall {
  return { catalog: policy.catalog(server, name, listedKindOf(resourceType) ?? "tool"), definition };
}

/** The catalog line of the resource or template by which a resource is read: its definition is looked up first, since that names it. */
export async function definedByFact(
  policy: ActivePolicy,
  { name, route: { server } }: ToolCall,
  definition: LookUpDefinition,
): Promise<DefinedCall> {
  const fact = await definition();
  return { catalog: policy.catalog(server, fact.name ?? name, fact.kind ?? "resource"), definition: () => fact };
}

/** An OpenAPI operation is the operator's own document: known, pinned, never changed behind our back. */
export function definitionOf(definitions: DefinitionLedger, call: ToolCall): Awaitable<DefinitionFact> {
  if (call.definition !== null) return operationFact(call.definition);
  const isServed = call.route.protocol === "mcp" && call.route.operationsOf === undefined;
  return isServed ? listedFact(definitions, call) : unknownOperation;
}

export function listedFact(
  definitions: DefinitionLedger,
  { route: { server }, resourceType, name, mcp }: ToolCall,
): Awaitable<DefinitionFact> {
  const kind = listedKindOf(resourceType);
  return kind === null ? noDefinition : definitions.fact({ server, kind, name }, mcp?.version);
}

const declared = internJson({ readOnlyHint: null, destructiveHint: null });
const ofDocument = { kind: "tool", name: null, changed: false, pins: "first_use", accepted: false, declared } as const;
const unknownOperation: DefinitionFact = { digest: null, pinned: false, ...ofDocument };

/** What is known of an operation of the operator's own document. */
export const operationFact = oncePer((operation: NonNullable<ToolCall["definition"]>): DefinitionFact => {
  const digest = definitionDigest({ name: "operation", inputSchema: operation });
  return { digest, pinned: true, ...ofDocument };
});
