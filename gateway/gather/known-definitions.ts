import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { meaningOf, type MirroredParams, mirroredParams } from "../domain/tool-definitions.ts";
import type { DefinitionFact } from "../domain/facts.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { Clock, DefinitionStore, Finding, Logger, ObservedTool, SeenDefinition } from "../domain/ports.ts";
import { ToolCap } from "./tool-cap.ts";

export interface DefinitionLedgerDeps {
  readonly store: DefinitionStore;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  /** There is something to `keep`. Called in the turn of a call, so whoever is told keeps it in another. */
  readonly onPending: () => void;
}

interface Known {
  readonly fact: DefinitionFact;
  readonly mirrored: MirroredParams | null;
  /** Digest of the pinned definition. */
  readonly pinned: string | null;
}

const unknown: Known = {
  fact: { digest: null, pinned: false, changed: false, declared: { readOnlyHint: null, destructiveHint: null } },
  mirrored: null,
  pinned: null,
};

/**
 * What is known of tools, in memory before the store. What is observed holds in this process at once, and in others when
 * `keep` has written it, some milliseconds later: a write to disk for each name, in the turn of the call that listed it,
 * would let one tool server stop all others. A crash in between loses what was observed since, as if the list had not been
 * answered: a new tool is seen for the first time again, and a change is noticed by the next list.
 */
export class KnownDefinitions {
  readonly #deps: DefinitionLedgerDeps;
  readonly #cap: ToolCap;
  readonly #tools = new Map<string, Known>();
  /** Observed and not in the store. `known` is null when only the day is new. */
  readonly #pending = new Map<string, ObservedTool & { readonly known: Known | null }>();
  #writes = 0;

  constructor(deps: DefinitionLedgerDeps) {
    this.#deps = deps;
    this.#cap = new ToolCap(deps);
  }

  /** A number that rises whenever somebody wrote to the store. */
  refresh(): number {
    if (!this.#deps.store.changedElsewhere()) return this.#writes;
    this.#tools.clear();
    this.#cap.recount(this.#pending.values());
    return ++this.#writes;
  }

  /** What is known of this tool is read anew from the store. */
  forget(server: string, tool: string): void {
    this.#tools.delete(JSON.stringify([server, tool]));
    this.#writes += 1;
  }

  of(server: string, tool: string): Known {
    this.refresh();
    const key = JSON.stringify([server, tool]);
    const found = this.#pending.get(key)?.known ?? this.#tools.get(key) ?? stored(this.#deps.store, server, tool);
    if (found.fact.pinned) this.#tools.set(key, found);
    return found;
  }

  /** False when the server has listed too many tools for this one to be remembered. */
  observe(server: string, tool: string, definition: JsonObject): boolean {
    this.refresh();
    const noted = this.#cap.note(server, tool);
    if (noted === "wants-room") this.#deps.onPending();
    if (noted === "wants-room" || noted === "full") return false;
    const before = noted === "new" ? unknown : this.of(server, tool);
    const digest = definitionDigest(definition);
    if (before.fact.digest !== digest) this.#add(server, tool, { digest, definition }, before);
    else if (noted === "again") this.#add(server, tool, null, before);
    return true;
  }

  /** Writes what is pending in one transaction, and makes room where a server is full. @throws when the store cannot be written */
  keep(): void {
    const { store } = this.#deps;
    const written = [...this.#pending.values()];
    if (written.length > 0) store.observed(written);
    for (const { server, tool } of written) this.forget(server, tool);
    this.#pending.clear();
    for (const server of [...this.#cap.wanting]) this.#makeRoom(server);
  }

  findings(): Finding[] {
    return this.#cap.findings();
  }

  #makeRoom(server: string): void {
    const { store, logger } = this.#deps;
    const dropped = store.drop(server, this.#cap.keptSince);
    this.#cap.madeRoom(server, dropped);
    if (dropped === 0) return;
    this.#tools.clear();
    this.#writes += 1;
    logger.warn("tools that a full server has not listed for long are forgotten", { server, tools: dropped });
  }

  #add(server: string, tool: string, seen: SeenDefinition | null, before: Known): void {
    const key = JSON.stringify([server, tool]);
    const unwritten = this.#pending.get(key);
    const [first] = unwritten?.seen ?? [];
    const known = seen === null ? null : knownFrom(seen, before.pinned ?? seen.digest);
    const wasIdle = this.#pending.size === 0;
    this.#pending.set(key, {
      server,
      tool,
      day: this.#cap.today,
      // The first one is what is pinned, however many follow before it is written.
      seen: seen === null ? (unwritten?.seen ?? []) : first === undefined ? [seen] : [first, seen],
      known: known ?? unwritten?.known ?? null,
    });
    if (wasIdle) this.#deps.onPending();
  }
}

function stored(store: DefinitionStore, server: string, tool: string): Known {
  const pinned = store.get(server, tool);
  if (pinned === null) return unknown;
  return knownFrom(store.last(server, tool) ?? pinned, pinned.digest);
}

function knownFrom({ digest, definition }: SeenDefinition, pinned: string): Known {
  return {
    fact: { digest, pinned: true, changed: digest !== pinned, declared: declaredBy(definition) },
    mirrored: mirroredParams(definition),
    pinned,
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
