import type { Clock, DefinitionStore, Finding } from "../domain/ports.ts";

/** Names of tools that are remembered of one server. */
const MOST_TOOLS = 1_000;
/** Of a full server's tools, those that it did not list for so long make room for new ones. */
const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;

export type Noted = "new" | "again" | "known" | "full" | "wants-room";

export interface ToolCapDeps {
  readonly store: Pick<DefinitionStore, "listed">;
  readonly clock: Pick<Clock, "now">;
}

/** Tools of one server, by name, with the day on which each was listed last. */
export type ListedNames = Map<string, number>;

/**
 * The names of each server's tools, with the day on which each was listed last. Names are read once a server and not once a
 * name, and those beyond the cap are only counted, so a server that makes up names without end stops nobody.
 */
export class ToolCap {
  readonly #deps: ToolCapDeps;
  readonly #listed = new Map<string, ListedNames>();
  /** Servers that listed more than is remembered, with the day on which room was looked for last. */
  readonly #full = new Map<string, number>();
  readonly #wanting = new Set<string>();
  /** Rises when what is being read may be old already. */
  #loads = 0;

  constructor(deps: ToolCapDeps) {
    this.#deps = deps;
  }

  get today(): number {
    return Math.floor(this.#deps.clock.now() / DAY_MS);
  }

  /** The names of this server, from memory or the store; `unwritten` are those that the store may not have yet. */
  async namesOf(server: string, unwritten: () => Iterable<string>): Promise<ListedNames> {
    const known = this.#listed.get(server);
    if (known !== undefined) return known;
    const loads = this.#loads;
    const names = new Map(await this.#deps.store.listed(server));
    const first = this.#listed.get(server);
    if (first !== undefined) return first;
    for (const tool of unwritten()) names.set(tool, this.today);
    if (loads === this.#loads) this.#listed.set(server, names);
    return names;
  }

  /**
   * Notes that the server, whose names these are, lists the tool. "again": for the first time today. "full": it is new, and the
   * server has too many; "wants-room" instead once a day, so that what was not listed for long can go.
   */
  note(server: string, names: ListedNames, tool: string): Noted {
    const day = names.get(tool);
    if (day === this.today) return "known";
    if (day === undefined && names.size >= MOST_TOOLS) return this.#fullOf(server);
    names.set(tool, this.today);
    return day === undefined ? "new" : "again";
  }

  /** Tools that were listed last before this day can go. */
  get keptSince(): number {
    return this.today - KEPT_DAYS;
  }

  get wanting(): ReadonlySet<string> {
    return this.#wanting;
  }

  /** So many of the server's tools were dropped from the store. */
  madeRoom(server: string, dropped: number): void {
    this.#wanting.delete(server);
    if (dropped === 0) return;
    this.#full.delete(server);
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
    return [...this.#full.keys()].map((server) => ({
      name: "tools-capped",
      problem: `${server} has listed more than ${MOST_TOOLS} different tools; further ones are hidden and not remembered`,
      fix: "find out why the tool server makes up names",
      severity: "degraded",
    }));
  }

  #fullOf(server: string): Noted {
    if (this.#full.get(server) === this.today) return "full";
    this.#full.set(server, this.today);
    this.#wanting.add(server);
    return "wants-room";
  }
}
