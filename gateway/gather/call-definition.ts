import { listedKindOf } from "../domain/definition-kinds.ts";
import type { DefinitionFact, Facts } from "../domain/facts.ts";
import type { ActivePolicy, DefinitionLedger } from "../domain/ports.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import { oncePer } from "../lib/caches.ts";
import { internJson } from "../lib/json.ts";
import { definitionDigest, noDefinition } from "./definition-facts.ts";

type Defining = () => Awaitable<DefinitionFact>;

export interface DefinedCall extends Pick<Facts, "catalog"> {
  readonly definition: Defining;
}

/** What the call uses, which is looked up with all else, and the catalog's line for it. */
export function definedBy(
  policy: ActivePolicy,
  { resourceType, name, route: { server } }: ToolCall,
  definition: Defining,
): DefinedCall {
  return { catalog: policy.catalog(server, name, listedKindOf(resourceType) ?? "tool"), definition };
}

/** The catalog line of a resource is that of the resource or template by which it is read. */
export async function readBy(
  policy: ActivePolicy,
  { name, route: { server } }: ToolCall,
  definition: Defining,
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
