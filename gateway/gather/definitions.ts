import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { DefinitionFact } from "../domain/facts.ts";
import { isJsonObject, type JsonObject } from "../domain/json.ts";
import type { DefinitionLedger, DefinitionStore } from "../domain/ports.ts";

const unknown: DefinitionFact = {
  digest: null,
  pinned: false,
  changed: false,
  declared: { readOnlyHint: null, destructiveHint: null },
};

/**
 * What a tool says of itself, pinned when first seen, so that a tool which changes its words later is noticed: at every
 * process, and after every restart, whoever it was that saw it.
 */
export function definitionLedger(store: DefinitionStore): DefinitionLedger {
  const facts = new Map<string, DefinitionFact>();
  function fact(server: string, tool: string): DefinitionFact {
    if (store.changedElsewhere()) facts.clear();
    const key = JSON.stringify([server, tool]);
    const known = facts.get(key) ?? storedFact(store, server, tool);
    // Callers may invent names without end; only tools that a tool server has listed are remembered.
    if (known.pinned) facts.set(key, known);
    return known;
  }
  return {
    fact,
    observe: (server, tool, definition) => {
      const digest = definitionDigest(definition);
      const remember = (write: DefinitionStore["pin"]): void => {
        write(server, tool, digest, definition);
        facts.delete(JSON.stringify([server, tool]));
      };
      if (!fact(server, tool).pinned) remember(store.pin);
      // Not the one that was known, or another process has pinned another one meanwhile.
      if (fact(server, tool).digest !== digest) remember(store.see);
    },
  };
}

function storedFact(store: DefinitionStore, server: string, tool: string): DefinitionFact {
  const pinned = store.get(server, tool);
  if (pinned === null) return unknown;
  const { digest, definition } = store.last(server, tool) ?? pinned;
  return { digest, pinned: true, changed: digest !== pinned.digest, declared: declaredBy(definition) };
}

const meaningful = [
  "name",
  "title",
  "description",
  "inputSchema",
  "outputSchema",
  "annotations",
  "execution",
  "icons",
  "_meta",
];

/** RFC 8785 form of the members that mean something; absent and null are the same. */
export function definitionDigest(definition: JsonObject): string {
  const kept = Object.fromEntries(
    Object.entries(definition).filter(([key, value]) => meaningful.includes(key) && value !== null),
  );
  return `sha256:${hash("sha256", canonicalize(kept) ?? "", "hex")}`;
}

function declaredBy(definition: JsonObject): DefinitionFact["declared"] {
  const annotations = isJsonObject(definition["annotations"]) ? definition["annotations"] : {};
  const hint = (name: string): boolean | null => (typeof annotations[name] === "boolean" ? annotations[name] : null);
  return { readOnlyHint: hint("readOnlyHint"), destructiveHint: hint("destructiveHint") };
}
