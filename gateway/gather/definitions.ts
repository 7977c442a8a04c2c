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

/** What a tool says of itself, pinned when first seen, so that a tool which changes its words later is noticed. */
export function definitionLedger(store: DefinitionStore): DefinitionLedger {
  const facts = new Map<string, DefinitionFact>();
  return {
    fact: (server, tool) => {
      const key = JSON.stringify([server, tool]);
      const known = facts.get(key) ?? pinnedFact(store, server, tool);
      // Callers may invent names without end; only tools that a tool server has listed are remembered.
      if (known.pinned) facts.set(key, known);
      return known;
    },
    observe: (server, tool, definition) => {
      const digest = definitionDigest(definition);
      if (store.get(server, tool) === null) store.pin(server, tool, digest, definition);
      const pinned = store.get(server, tool);
      const changed = pinned !== null && pinned.digest !== digest;
      facts.set(JSON.stringify([server, tool]), { digest, pinned: true, changed, declared: declaredBy(definition) });
    },
  };
}

function pinnedFact(store: DefinitionStore, server: string, tool: string): DefinitionFact {
  const pinned = store.get(server, tool);
  if (pinned === null) return unknown;
  return { digest: pinned.digest, pinned: true, changed: false, declared: declaredBy(pinned.definition) };
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
