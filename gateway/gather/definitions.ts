import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { DefinitionFact } from "../domain/facts.ts";
import { meaningOf } from "../domain/definition-change.ts";
import { isJsonObject, type JsonObject } from "../domain/json.ts";
import { type MirroredParams, mirroredParams } from "../domain/mirrored-params.ts";
import type { DefinitionLedger, DefinitionReviews, DefinitionStore } from "../domain/ports.ts";
import { definitionReviews } from "./definition-reviews.ts";
import { ToolCap } from "./tool-cap.ts";

interface Known {
  readonly fact: DefinitionFact;
  readonly mirrored: MirroredParams | null;
}

const unknown: Known = {
  fact: { digest: null, pinned: false, changed: false, declared: { readOnlyHint: null, destructiveHint: null } },
  mirrored: null,
};

/**
 * What a tool says of itself, pinned when first seen, so that a tool which changes its words later is noticed: at every
 * process, and after every restart, whoever it was that saw it. Callers may invent names without end, so only tools that a tool
 * server has listed are remembered. Another process may pin another definition meanwhile, so each is compared after it was pinned.
 */
export function definitionLedger(store: DefinitionStore): DefinitionLedger & DefinitionReviews {
  const tools = new Map<string, Known>();
  const cap = new ToolCap(store);
  let writes = 0;
  function refresh(): number {
    if (!store.changedElsewhere()) return writes;
    tools.clear();
    cap.recount();
    return ++writes;
  }
  function forget(server: string, tool: string): void {
    tools.delete(JSON.stringify([server, tool]));
    writes += 1;
  }
  function known(server: string, tool: string): Known {
    refresh();
    const key = JSON.stringify([server, tool]);
    const found = tools.get(key) ?? stored(store, server, tool);
    if (found.fact.pinned) tools.set(key, found);
    return found;
  }
  const reviews = definitionReviews(store, { refresh, forget });
  return {
    fact: (server, tool) => known(server, tool).fact,
    mirrored: (server, tool) => known(server, tool).mirrored,
    observe: (server, tool, definition) => {
      if (!known(server, tool).fact.pinned && !cap.takesOneMore(server)) return false;
      const digest = definitionDigest(definition);
      const remember = (write: DefinitionStore["pin"]): void => {
        write(server, tool, digest, definition);
        forget(server, tool);
      };
      if (!known(server, tool).fact.pinned) remember(store.pin);
      if (known(server, tool).fact.digest !== digest) remember(store.see);
      return true;
    },
    ...reviews,
    findings: () => [...reviews.findings(), ...cap.findings()],
  };
}

function stored(store: DefinitionStore, server: string, tool: string): Known {
  const pinned = store.get(server, tool);
  if (pinned === null) return unknown;
  const { digest, definition } = store.last(server, tool) ?? pinned;
  return {
    fact: { digest, pinned: true, changed: digest !== pinned.digest, declared: declaredBy(definition) },
    mirrored: mirroredParams(definition),
  };
}

/** RFC 8785 form of the members that mean something; absent and null are the same. */
export function definitionDigest(definition: JsonObject): string {
  return `sha256:${hash("sha256", canonicalize(meaningOf(definition)) ?? "", "hex")}`;
}

function declaredBy(definition: JsonObject): DefinitionFact["declared"] {
  const annotations = isJsonObject(definition["annotations"]) ? definition["annotations"] : {};
  const hint = (name: string): boolean | null => (typeof annotations[name] === "boolean" ? annotations[name] : null);
  return { readOnlyHint: hint("readOnlyHint"), destructiveHint: hint("destructiveHint") };
}
