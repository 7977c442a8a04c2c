import { type DefinitionChange, definitionDifferences } from "../domain/tool-definitions.ts";
import { Refusal } from "../domain/errors.ts";
import type {
  ChangedDefinition,
  DefinitionLedger,
  DefinitionReviews,
  DefinitionStore,
  Finding,
} from "../domain/ports.ts";
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
    fact: async (server, tool) => (await known.of(server, tool)).fact,
    mirrored: async (server, tool) => (await known.of(server, tool)).mirrored,
    outputSchema: async (server, tool) => (await known.of(server, tool)).outputSchema,
    observe: (server, listed) => known.observe(server, listed),
    keep: () => known.keep(),
    ...reviews,
    findings: async () => [...(await reviews.findings()), ...known.findings()],
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
    changes: async (limit) => {
      const [changed, total] = await Promise.all([store.changes(limit), store.countChanges()]);
      return { items: changed.map(changeOf), total };
    },
    accept: async (acceptance) => {
      if (!(await store.accept(acceptance))) throw new Refusal("definition_moved");
      known.forget(acceptance.server, acceptance.tool);
    },
    findings: async () => {
      const writes = known.refresh();
      if (told?.writes === writes) return told.findings;
      const findings = await findingsOf(store);
      told = { writes, findings };
      return findings;
    },
  };
}

function changeOf({ server, tool, pinned, last }: ChangedDefinition): DefinitionChange {
  const differences = definitionDifferences(pinned.definition, last.definition);
  return { server, tool, pinned: pinned.digest, digest: last.digest, differences };
}

const named = 3;

async function findingsOf(store: DefinitionStore): Promise<readonly Finding[]> {
  const total = await store.countChanges();
  if (total === 0) return [];
  const names = (await store.changes(named)).map(({ server, tool }) =>
    escapeControls(`${server}/${tool}`).slice(0, 200),
  );
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
