import type { DefinitionLedger, DefinitionReviews } from "../domain/ports.ts";
import { definitionReviews } from "./definition-reviews.ts";
import { type DefinitionLedgerDeps, KnownDefinitions } from "./known-definitions.ts";

/**
 * What a tool says of itself, pinned when first seen, so that a tool which changes its words later is noticed: at every
 * process, and after every restart, whoever it was that saw it. Callers may invent names without end, so only tools that a
 * tool server has listed are remembered.
 */
export function definitionLedger(deps: DefinitionLedgerDeps): DefinitionLedger & DefinitionReviews {
  const known = new KnownDefinitions(deps);
  const reviews = definitionReviews(deps.store, known);
  return {
    fact: async (server, tool) => (await known.of(server, tool)).fact,
    mirrored: async (server, tool) => (await known.of(server, tool)).mirrored,
    outputSchema: async (server, tool) => (await known.of(server, tool)).outputSchema,
    observe: (server, listed) => known.observe(server, listed),
    keep: () => known.keep(),
    ...reviews,
    findings: async () => [...(await reviews.findings()), ...known.findings()],
  };
}
