import type { DefinitionName } from "../domain/definition-kinds.ts";
import type { DefinitionFact } from "../domain/facts.ts";
import { nameForms } from "../domain/name-forms.ts";
import type {
  CallQuestion,
  CallState,
  Clock,
  DefinitionSource,
  DefinitionStore,
  Finding,
  ListedDefinition,
  Logger,
  ObservedDefinition,
  SeenDefinition,
} from "../domain/ports.ts";
import type { McpVersion } from "../domain/tool-call.ts";
import type { Pins } from "../domain/tool-definitions.ts";
import { after, type Awaitable } from "../lib/awaitable.ts";
import { Recent } from "../lib/caches.ts";
import { definitionDigest, type Known, knownAs, knownFrom, together, unknown } from "./definition-facts.ts";
import { ListedForms } from "./listed-forms.ts";
import { canBeKept, type ListedNames, NameCap } from "./name-cap.ts";
import { ResourceNames } from "./resource-names.ts";

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

/** Characters of names of which is known that the store has no definition of them, in each of two generations: callers make up names. */
const charactersOfAbsent = 262_144;

/**
 * What is known of definitions, in memory before the store. What is observed holds in this process at once, and in others when
 * `keep` has written it, some milliseconds later: a write to disk for each name, in the turn of the call that listed it,
 * would let one tool server stop all others. A crash in between loses what was observed since, as if the list had not been
 * answered: a new one is seen for the first time again, and a change is noticed by the next list.
 */
export class KnownDefinitions {
  readonly #deps: DefinitionLedgerDeps;
  readonly #cap: NameCap;
  readonly #resources = new ResourceNames();
  readonly #known = new Map<string, Known>();
  readonly #forms = new ListedForms();
  /** Names that the store did not have, and the number of writes at that moment: otherwise each call of such a tool would ask the store. */
  readonly #absent = new Recent<number>(charactersOfAbsent, (key) => key.length);
  /** Observed and not in the store. `known` is null when only the day is new. */
  readonly #pending = new Map<string, ObservedDefinition & { readonly known: Known | null }>();
  #writes = 0;
  /** Rises when this process has written to the store: what was read before that is read again. */
  #written = 0;
  /** The last `keep`, which the next one waits for. Never rejects. */
  #keeping: Promise<void> = Promise.resolve();

  constructor(deps: DefinitionLedgerDeps) {
    this.#deps = deps;
    this.#cap = new NameCap(deps);
  }

  pinsOf(server: string): Pins {
    return this.#deps.pins?.get(server) ?? "first_use";
  }

  /** A route leads to it; the store may know others, of routes that were. */
  serves(server: string): boolean {
    return this.#deps.pins?.has(server) ?? true;
  }

  /** Servers whose definitions wait until a person accepts them. */
  get reviewed(): readonly string[] {
    return [...(this.#deps.pins ?? [])].flatMap(([server, pins]) => (pins === "accepted" ? [server] : []));
  }

  /** A number that rises whenever somebody wrote to the store. */
  refresh(): number {
    if (!this.#deps.store.changedElsewhere()) return this.#writes;
    this.#known.clear();
    this.#cap.recount();
    return ++this.#writes;
  }

  /** What is known of it is read anew from the store. */
  forget(of: DefinitionName): void {
    this.#known.delete(keyOf(of));
    this.#writes += 1;
    this.#written += 1;
  }

  /** For a caller of this version of MCP; null for anybody. */
  of(of: DefinitionName, version: McpVersion | null = null): Awaitable<Known> {
    this.refresh();
    const known = this.#remembered(of) ?? this.#neverSeen(of) ?? this.#read(of);
    return version === null ? known : after(known, (found) => this.#forms.of(keyOf(of), found, version));
  }

  /** Of a resource, whichever definition it is read by. */
  fact(of: DefinitionName, version: McpVersion | null = null): Awaitable<DefinitionFact> {
    return of.kind === "resource" ? this.#ofResource(of, version) : after(this.of(of, version), ({ fact }) => fact);
  }

  async #ofResource({ server, kind, name }: DefinitionName, version: McpVersion | null): Promise<DefinitionFact> {
    this.refresh();
    const [resources, templates] = await Promise.all([
      this.#namesOf({ server, kind }),
      this.#namesOf({ server, kind: "resource_template" }),
    ]);
    const readBy = this.#resources.readBy(name, resources, templates);
    const of = readBy.map(async (by) => (await this.of({ server, ...by }, version)).fact);
    const [first, ...others] = await Promise.all(of);
    return first === undefined ? unknown[this.pinsOf(server)].resource.fact : together([first, ...others]);
  }

  /** What is known of each, in the same order; see the port. */
  async observe(
    of: DefinitionSource,
    listed: readonly ListedDefinition[],
    version: McpVersion | null = null,
  ): Promise<readonly (DefinitionFact | null)[]> {
    this.refresh();
    for (;;) {
      const written = this.#written;
      const names = await this.#namesOf(of);
      const found = await this.#allOf(of, listed, names);
      // All of them are noted in one turn, by what memory and store say in that turn.
      if (written === this.#written) return listed.map((one) => this.#note({ ...of, version }, names, one, found));
    }
  }

  async names(of: DefinitionSource): Promise<Iterable<string>> {
    this.refresh();
    return (await this.#namesOf(of)).keys();
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
  #remembered(of: DefinitionName): Known | null {
    const key = keyOf(of);
    return this.#pending.get(key)?.known ?? this.#known.get(key) ?? null;
  }

  /**
   * Asked for calls alone. Where gateways share a store, each hears of another one's pin a moment later, and a list has to be compared with
   * what the store says now.
   */
  #neverSeen(of: DefinitionName): Known | null {
    return this.#absent.get(keyOf(of)) === this.#writes ? unknown[this.pinsOf(of.server)][of.kind] : null;
  }

  async #read(of: DefinitionName): Promise<Known> {
    const writes = this.#writes;
    const { definition } = await this.#deps.read({ definitionOf: of });
    const found = knownFrom(of, definition, this.pinsOf(of.server));
    // What was observed meanwhile counts; what somebody wrote meanwhile is for the next look to read.
    const newer = this.#remembered(of);
    if (newer !== null) return newer;
    if (writes === this.#writes) {
      if (found.fact.pinned) this.#known.set(keyOf(of), found);
      else if (canBeKept(of.name)) this.#absent.set(keyOf(of), writes);
    }
    return found;
  }

  /** Of those that the server has listed before. */
  async #allOf(
    of: DefinitionSource,
    listed: readonly ListedDefinition[],
    names: ListedNames,
  ): Promise<ReadonlyMap<string, Known>> {
    const found = new Map<string, Known>();
    const forgotten = new Set(
      listed.map(({ name }) => name).filter((name) => names.has(name) && this.#remembered({ ...of, name }) === null),
    );
    await Promise.all([...forgotten].map(async (name) => found.set(name, await this.#read({ ...of, name }))));
    return found;
  }

  #note(
    { server, kind, version }: DefinitionSource & { readonly version: McpVersion | null },
    names: ListedNames,
    { name, definition }: ListedDefinition,
    found: ReadonlyMap<string, Known>,
  ): DefinitionFact | null {
    const of = { server, kind, name };
    const noted = this.#cap.note(of, names, name);
    const never = unknown[this.pinsOf(server)][kind];
    if (noted === "wants-room") this.#deps.onPending();
    if (noted === "unkept") return null;
    // A call of another name would be refused, whatever the policy.
    const isCallable = nameForms[kind].test(name);
    // A server may have any number of resources, and those that come and go are no sign of anything.
    if (noted === "wants-room" || noted === "full") return kind === "resource" && isCallable ? never.fact : null;
    const before = this.#remembered(of) ?? found.get(name) ?? never;
    const today = definitionDigest(definition, kind);
    const digest = before.digests.get(today) ?? today;
    if (version !== null) this.#forms.note(keyOf(of), version, { digest, definition });
    if (before.last !== digest) this.#add(of, { digest, definition }, before);
    else if (noted === "again") this.#add(of, null, before);
    // One that is hidden is remembered as well, since it may look like a name that is called.
    return isCallable ? (this.#remembered(of) ?? before).fact : null;
  }

  #namesOf(of: DefinitionSource): Promise<ListedNames> {
    return this.#cap.namesOf(of, () => this.#unwrittenOf(of));
  }

  *#unwrittenOf({ server, kind }: DefinitionSource): Iterable<string> {
    for (const pending of this.#pending.values())
      if (pending.server === server && pending.kind === kind) yield pending.name;
  }

  async #keep(): Promise<void> {
    const { store, onPending } = this.#deps;
    const written = [...this.#pending];
    if (written.length > 0) {
      await store.observed(written.map(([, observed]) => observed));
      this.#cap.wrote();
    }
    for (const [key, observed] of written) {
      if (this.#pending.get(key) === observed) this.#pending.delete(key);
      this.forget(observed);
    }
    for (const of of this.#cap.wanting) await this.#makeRoom(of);
    if (this.#pending.size > 0) onPending();
  }

  async #makeRoom(of: DefinitionSource): Promise<void> {
    const { store, logger } = this.#deps;
    const dropped = await store.drop(of, this.#cap.keptSince);
    this.#cap.madeRoom(of, dropped);
    if (dropped === 0) return;
    this.#known.clear();
    this.#writes += 1;
    this.#written += 1;
    logger.warn("definitions that a full server has not listed for long are forgotten", { ...of, forgotten: dropped });
  }

  #add(of: DefinitionName, seen: SeenDefinition | null, before: Known): void {
    const key = keyOf(of);
    const unwritten = this.#pending.get(key);
    const [first] = unwritten?.seen ?? [];
    const known =
      seen === null
        ? null
        : knownAs({ ...before.fact, ...of }, seen, { ...before, pinned: before.pinned ?? seen.digest });
    const wasIdle = this.#pending.size === 0;
    this.#pending.set(key, {
      ...of,
      day: this.#cap.today,
      // The first one is what is pinned, however many follow before it is written.
      seen: seen === null ? (unwritten?.seen ?? []) : first === undefined ? [seen] : [first, seen],
      known: known ?? unwritten?.known ?? null,
    });
    if (wasIdle) this.#deps.onPending();
  }
}

function keyOf({ server, kind, name }: DefinitionName): string {
  return JSON.stringify([server, kind, name]);
}
