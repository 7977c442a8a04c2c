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
    fact: (server, tool) => known.of(server, tool).fact,
    mirrored: (server, tool) => known.of(server, tool).mirrored,
    observe: (server, tool, definition) => known.observe(server, tool, definition),
    keep: () => known.keep(),
    ...reviews,
    findings: () => [...reviews.findings(), ...known.findings()],
  };
}
