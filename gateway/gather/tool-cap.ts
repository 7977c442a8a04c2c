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

/**
 * The names of each server's tools, with the day on which each was listed last. Names are read once a server and not once a
 * name, and those beyond the cap are only counted, so a server that makes up names without end stops nobody.
 */
export class ToolCap {
  readonly #deps: ToolCapDeps;
  readonly #listed = new Map<string, Map<string, number>>();
  /** Servers that listed more than is remembered, with the day on which room was looked for last. */
  readonly #full = new Map<string, number>();
  readonly #wanting = new Set<string>();

  constructor(deps: ToolCapDeps) {
    this.#deps = deps;
  }

  get today(): number {
    return Math.floor(this.#deps.clock.now() / DAY_MS);
  }

  /**
   * Notes that the server lists the tool. "again": for the first time today. "full": it is new, and the server has too many;
   * "wants-room" instead once a day, so that what was not listed for long can go.
   */
  note(server: string, tool: string): Noted {
    const names = this.#namesOf(server);
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
    this.#listed.delete(server);
  }

  /** Another process wrote to the store. `unwritten`: servers and tools that are not in it yet. */
  recount(unwritten: Iterable<{ readonly server: string; readonly tool: string }>): void {
    this.#listed.clear();
    for (const { server, tool } of unwritten) this.#namesOf(server).set(tool, this.today);
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

  #namesOf(server: string): Map<string, number> {
    const known = this.#listed.get(server);
    if (known !== undefined) return known;
    const names = new Map(this.#deps.store.listed(server));
    this.#listed.set(server, names);
    return names;
  }
}
