import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { meaningOf, type MirroredParams, mirroredParams, type Pins } from "../domain/tool-definitions.ts";
import type { DefinitionFact } from "../domain/facts.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type {
  CallQuestion,
  CallState,
  Clock,
  DefinitionStore,
  Finding,
  ListedTool,
  Logger,
  ObservedTool,
  SeenDefinition,
  StoredDefinition,
} from "../domain/ports.ts";
import { type ListedNames, ToolCap } from "./tool-cap.ts";

export interface DefinitionLedgerDeps {
  readonly store: DefinitionStore;
  /** For what memory does not know. */
  readonly read: (question: CallQuestion) => Promise<CallState>;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  /** By server; first_use for those that are not there, and where it is absent. */
  readonly pins?: ReadonlyMap<string, Pins>;
  /** There is something to `keep`. Called in the turn of a call, so whoever is told keeps it in another. */
  readonly onPending: () => void;
}

interface Known {
  readonly fact: DefinitionFact;
  readonly mirrored: MirroredParams | null;
  readonly outputSchema: JsonObject | null;
  /** Digest of the pinned definition. */
  readonly pinned: string | null;
}

const declaresNothing = { readOnlyHint: null, destructiveHint: null };
const unseen = { digest: null, pinned: false, changed: false, accepted: false, declared: declaresNothing };
const nothing = { mirrored: null, outputSchema: null, pinned: null };
const unknownOf: Readonly<Record<Pins, Known>> = {
  first_use: { fact: { ...unseen, pins: "first_use" }, ...nothing },
  catalog: { fact: { ...unseen, pins: "catalog" }, ...nothing },
  accepted: { fact: { ...unseen, pins: "accepted" }, ...nothing },
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
  /** Rises when this process has written to the store: what was read before that is read again. */
  #written = 0;
  /** The last `keep`, which the next one waits for. Never rejects. */
  #keeping: Promise<void> = Promise.resolve();

  constructor(deps: DefinitionLedgerDeps) {
    this.#deps = deps;
    this.#cap = new ToolCap(deps);
  }

  pinsOf(server: string): Pins {
    return this.#deps.pins?.get(server) ?? "first_use";
  }

  /** A route leads to it; the store may know others, of routes that were. */
  serves(server: string): boolean {
    return this.#deps.pins?.has(server) ?? true;
  }

  /** Servers whose tools wait until a person accepts them. */
  get reviewed(): readonly string[] {
    return [...(this.#deps.pins ?? [])].flatMap(([server, pins]) => (pins === "accepted" ? [server] : []));
  }

  /** A number that rises whenever somebody wrote to the store. */
  refresh(): number {
    if (!this.#deps.store.changedElsewhere()) return this.#writes;
    this.#tools.clear();
    this.#cap.recount();
    return ++this.#writes;
  }

  /** What is known of this tool is read anew from the store. */
  forget(server: string, tool: string): void {
    this.#tools.delete(keyOf(server, tool));
    this.#writes += 1;
    this.#written += 1;
  }

  async of(server: string, tool: string): Promise<Known> {
    this.refresh();
    return this.#remembered(server, tool) ?? this.#read(server, tool);
  }

  /** What is known of each, in the same order; null when the server has listed too many for it to be remembered. */
  async observe(server: string, listed: readonly ListedTool[]): Promise<readonly (DefinitionFact | null)[]> {
    this.refresh();
    for (;;) {
      const written = this.#written;
      const names = await this.#cap.namesOf(server, () => this.#unwrittenOf(server));
      const found = await this.#allOf(server, listed, names);
      // All of them are noted in one turn, by what memory and store say in that turn.
      if (written === this.#written) return listed.map((tool) => this.#note(server, names, tool, found));
    }
  }

  /** Writes what is pending in one transaction, and makes room where a server is full. @throws when the store cannot be written */
  keep(): Promise<void> {
    const kept = this.#keeping.then(() => this.#keep());
    this.#keeping = kept.catch(() => undefined);
    return kept;
  }

  findings(): Finding[] {
    return this.#cap.findings();
  }

  /** Null when memory does not know it. */
  #remembered(server: string, tool: string): Known | null {
    const key = keyOf(server, tool);
    return this.#pending.get(key)?.known ?? this.#tools.get(key) ?? null;
  }

  async #read(server: string, tool: string): Promise<Known> {
    const writes = this.#writes;
    const found = knownFrom(
      (await this.#deps.read({ definitionOf: { server, tool } })).definition,
      this.pinsOf(server),
    );
    // What was observed meanwhile counts; what somebody wrote meanwhile is for the next look to read.
    const newer = this.#remembered(server, tool);
    if (newer !== null) return newer;
    if (found.fact.pinned && writes === this.#writes) this.#tools.set(keyOf(server, tool), found);
    return found;
  }

  /** Of those that the server has listed before. */
  async #allOf(server: string, listed: readonly ListedTool[], names: ListedNames): Promise<ReadonlyMap<string, Known>> {
    const found = new Map<string, Known>();
    const unknown = new Set(
      listed.map(({ name }) => name).filter((name) => names.has(name) && this.#remembered(server, name) === null),
    );
    await Promise.all([...unknown].map(async (name) => found.set(name, await this.#read(server, name))));
    return found;
  }

  #note(
    server: string,
    names: ListedNames,
    { name, definition }: ListedTool,
    found: ReadonlyMap<string, Known>,
  ): DefinitionFact | null {
    const noted = this.#cap.note(server, names, name);
    if (noted === "wants-room") this.#deps.onPending();
    if (noted === "wants-room" || noted === "full") return null;
    const before = this.#remembered(server, name) ?? found.get(name) ?? unknownOf[this.pinsOf(server)];
    const digest = definitionDigest(definition);
    if (before.fact.digest !== digest) this.#add(server, name, { digest, definition }, before);
    else if (noted === "again") this.#add(server, name, null, before);
    return (this.#remembered(server, name) ?? before).fact;
  }

  *#unwrittenOf(server: string): Iterable<string> {
    for (const pending of this.#pending.values()) if (pending.server === server) yield pending.tool;
  }

  async #keep(): Promise<void> {
    const { store, onPending } = this.#deps;
    const written = [...this.#pending];
    if (written.length > 0) {
      await store.observed(written.map(([, tool]) => tool));
      this.#cap.wrote();
    }
    for (const [key, tool] of written) {
      if (this.#pending.get(key) === tool) this.#pending.delete(key);
      this.forget(tool.server, tool.tool);
    }
    for (const server of [...this.#cap.wanting]) await this.#makeRoom(server);
    if (this.#pending.size > 0) onPending();
  }

  async #makeRoom(server: string): Promise<void> {
    const { store, logger } = this.#deps;
    const dropped = await store.drop(server, this.#cap.keptSince);
    this.#cap.madeRoom(server, dropped);
    if (dropped === 0) return;
    this.#tools.clear();
    this.#writes += 1;
    this.#written += 1;
    logger.warn("tools that a full server has not listed for long are forgotten", { server, tools: dropped });
  }

  #add(server: string, tool: string, seen: SeenDefinition | null, before: Known): void {
    const key = keyOf(server, tool);
    const unwritten = this.#pending.get(key);
    const [first] = unwritten?.seen ?? [];
    const known = seen === null ? null : knownAs(seen, before.pinned ?? seen.digest, before.fact);
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

function keyOf(server: string, tool: string): string {
  return JSON.stringify([server, tool]);
}

function knownFrom(stored: StoredDefinition | null, pins: Pins): Known {
  return stored === null
    ? unknownOf[pins]
    : knownAs(stored.last, stored.pinned.digest, { pins, accepted: stored.accepted });
}

function knownAs(
  { digest, definition }: SeenDefinition,
  pinned: string,
  { pins, accepted }: Pick<DefinitionFact, "pins" | "accepted">,
): Known {
  return {
    fact: { digest, pinned: true, changed: digest !== pinned, pins, accepted, declared: declaredBy(definition) },
    mirrored: mirroredParams(definition),
    outputSchema: isJsonObject(definition["outputSchema"]) ? definition["outputSchema"] : null,
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
