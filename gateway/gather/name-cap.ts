import { kindWords } from "../domain/definition-kinds.ts";
import { nameForms } from "../domain/name-forms.ts";
import type { Clock, DefinitionSource, DefinitionStore, Finding } from "../domain/ports.ts";

/** Names of one kind that are remembered of one server. */
const MOST_NAMES = 1_000;
/** Where there are as many, those that the server did not list for so long make room for new ones. */
const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;

/** In bytes. An index of PostgreSQL holds no more than 2,704, those of the server's name included. */
const longestName = 2_048;

/** All that is pending is written together: one name that PostgreSQL refuses would keep all others from it. */
export function canBeKept(name: string): boolean {
  return name.isWellFormed() && !name.includes("\0") && Buffer.byteLength(name) <= longestName;
}

export type Noted = "new" | "again" | "known" | "full" | "wants-room" | "unkept";

export interface ToolCapDeps {
  readonly store: Pick<DefinitionStore, "listed">;
  readonly clock: Pick<Clock, "now">;
}

/** Names of one kind of a server, with the day on which each was listed last. */
export type ListedNames = Map<string, number>;

/**
 * The names that each server has listed, with the day on which each was listed last. Names are read once a server and kind and
 * not once a name, and those beyond the cap are only counted, so a server that makes up names without end stops nobody.
 */
export class NameCap {
  readonly #deps: ToolCapDeps;
  readonly #listed = new Map<string, ListedNames>();
  /** Where more was listed than is remembered, with the day on which room was looked for last. */
  readonly #full = new Map<string, { readonly of: DefinitionSource; readonly day: number }>();
  /** Servers that list names which no store can keep, with the day on which they did so last. */
  readonly #unkept = new Map<string, number>();
  /** Servers that list names which no call may have, with the same day. */
  readonly #uncallable = new Map<string, number>();
  readonly #wanting = new Map<string, DefinitionSource>();
  /** Rises when what is being read may be old already. */
  #loads = 0;

  constructor(deps: ToolCapDeps) {
    this.#deps = deps;
  }

  get today(): number {
    return Math.floor(this.#deps.clock.now() / DAY_MS);
  }

  /** From memory or the store; `unwritten` are those that the store may not have yet. */
  async namesOf(of: DefinitionSource, unwritten: () => Iterable<string>): Promise<ListedNames> {
    const key = keyOf(of);
    const known = this.#listed.get(key);
    if (known !== undefined) return known;
    const loads = this.#loads;
    const names = new Map(await this.#deps.store.listed(of));
    const first = this.#listed.get(key);
    if (first !== undefined) return first;
    for (const name of unwritten()) names.set(name, this.today);
    if (loads === this.#loads) this.#listed.set(key, names);
    return names;
  }

  /**
   * Notes that the server, whose names of the kind these are, lists this one. "again": for the first time today. "full": it is new, and
   * there are too many; "wants-room" instead once a day, so that what was not listed for long can go. "unkept": no store can keep it.
   */
  note(of: DefinitionSource, names: ListedNames, name: string): Noted {
    const day = names.get(name);
    if (!nameForms[of.kind].test(name)) this.#uncallable.set(of.server, this.today);
    if (day === this.today) return "known";
    if (day === undefined && !canBeKept(name)) return this.#unkeptOf(of);
    if (day === undefined && names.size >= MOST_NAMES) return this.#fullOf(of);
    names.set(name, this.today);
    return day === undefined ? "new" : "again";
  }

  /** What was listed last before this day can go. */
  get keptSince(): number {
    return this.today - KEPT_DAYS;
  }

  get wanting(): readonly DefinitionSource[] {
    return [...this.#wanting.values()];
  }

  /** So many were dropped from the store. */
  madeRoom(of: DefinitionSource, dropped: number): void {
    this.#wanting.delete(keyOf(of));
    if (dropped === 0) return;
    this.#full.delete(keyOf(of));
    this.recount();
  }

  /** Another process wrote to the store: names are read anew. */
  recount(): void {
    this.#listed.clear();
    this.#loads += 1;
  }

  /** This process wrote to the store what is known here: only what is being read at this moment may be without it. */
  wrote(): void {
    this.#loads += 1;
  }

  findings(): Finding[] {
    return [...this.#capped(), ...this.#unkeptNames(), ...this.#uncallableNames()];
  }

  #capped(): Finding[] {
    return [...this.#full.values()].map(({ of: { server, kind } }) => ({
      name: "tools-capped",
      problem: `${server} has listed more than ${MOST_NAMES} different ${kindWords[kind].many}; further ones are ${kind === "resource" ? "shown with no pin" : "hidden"} and not remembered`,
      fix: "find out why the tool server makes up names",
      severity: "degraded",
    }));
  }

  /** Those of today and of the day before. */
  #lately(servers: ReadonlyMap<string, number>): string[] {
    return [...servers].filter(([, day]) => this.today - day <= 1).map(([server]) => server);
  }

  #uncallableNames(): Finding[] {
    return this.#lately(this.#uncallable).map((server) => ({
      name: "names-uncallable",
      problem: `${server} lists names that no call may have; they are hidden`,
      fix: "have the tool server give tools names of 1 to 128 visible ASCII characters, and everything else names without control characters",
      severity: "degraded",
    }));
  }

  #unkeptNames(): Finding[] {
    return this.#lately(this.#unkept).map((server) => ({
      name: "names-unkept",
      problem: `${server} lists names that no store can keep; they are hidden`,
      fix: `have the tool server give names of at most ${longestName} bytes, without U+0000 and halves of surrogate pairs`,
      severity: "degraded",
    }));
  }

  #unkeptOf({ server }: DefinitionSource): Noted {
    this.#unkept.set(server, this.today);
    return "unkept";
  }

  #fullOf(of: DefinitionSource): Noted {
    const key = keyOf(of);
    if (this.#full.get(key)?.day === this.today) return "full";
    this.#full.set(key, { of, day: this.today });
    this.#wanting.set(key, of);
    return "wants-room";
  }
}

function keyOf({ server, kind }: DefinitionSource): string {
  return `${kind} ${server}`;
}
