import { type DefinitionChange, definitionDifferences } from "../domain/tool-definitions.ts";
import { Refusal } from "../domain/errors.ts";
import type { DefinitionLedger, DefinitionReviews, DefinitionStore, Finding } from "../domain/ports.ts";
import { escapeControls } from "../lib/look-alike.ts";
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

interface KnownTools {
  /** A number that rises whenever somebody wrote to the store. */
  refresh(): number;
  /** What is known of this tool is read anew from the store. */
  forget(server: string, tool: string): void;
}

/** Changed definitions for people: what differs, the finding, and accepting one. */
function definitionReviews(store: DefinitionStore, known: KnownTools): DefinitionReviews {
  let told: { readonly writes: number; readonly findings: readonly Finding[] } | null = null;
  return {
    changes: (limit) => ({ items: store.changes(limit).map(changeOf), total: store.countChanges() }),
    accept: (acceptance) => {
      if (!store.accept(acceptance)) throw new Refusal("definition_moved");
      known.forget(acceptance.server, acceptance.tool);
    },
    findings: () => {
      const writes = known.refresh();
      if (told?.writes !== writes) told = { writes, findings: findingsOf(store) };
      return told.findings;
    },
  };
}

function changeOf({ server, tool, pinned, last }: ReturnType<DefinitionStore["changes"]>[number]): DefinitionChange {
  const differences = definitionDifferences(pinned.definition, last.definition);
  return { server, tool, pinned: pinned.digest, digest: last.digest, differences };
}

const named = 3;

function findingsOf(store: DefinitionStore): readonly Finding[] {
  const total = store.countChanges();
  if (total === 0) return [];
  const names = store.changes(named).map(({ server, tool }) => escapeControls(`${server}/${tool}`).slice(0, 200));
  const others = total > named ? ` and ${total - named} more` : "";
  return [
    {
      name: "tool-definitions",
      problem: `${total === 1 ? "a tool" : `${total} tools`} changed the definition: ${names.join(", ")}${others}; calls are refused`,
      fix: "compare with `sallyport tools diff` or on the console's page Tools, and accept what is right",
      severity: "degraded",
    },
  ];
}
