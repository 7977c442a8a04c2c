import type { DefinitionLedger, DefinitionReviews } from "../domain/ports.ts";
import { definitionReviews } from "./definition-reviews.ts";
import { type DefinitionLedgerDeps, KnownDefinitions } from "./known-definitions.ts";

/**
 * What a tool, prompt or resource says of itself, pinned when first seen, so that one which changes its words later is noticed: at
 * every process, and after every restart, whoever it was that saw it. Callers may invent names without end, so only what a tool server
 * has listed is kept. That the store has nothing of a name is remembered too, until somebody writes to it.
 */
export function definitionLedger(deps: DefinitionLedgerDeps): DefinitionLedger & DefinitionReviews {
  const known = new KnownDefinitions(deps);
  const reviews = definitionReviews(deps.store, known);
  return {
    fact: (of, version) => known.fact(of, version),
    mirrored: async (server, name, version) => (await known.of({ server, kind: "tool", name }, version)).mirrored,
    outputSchema: async (server, name, version) =>
      (await known.of({ server, kind: "tool", name }, version)).outputSchema,
    observe: (of, listed, version) => known.observe(of, listed, version),
    names: (of) => known.names(of),
    keep: () => known.keep(),
    ...reviews,
    findings: async () => [...(await reviews.findings()), ...known.findings()],
  };
}
