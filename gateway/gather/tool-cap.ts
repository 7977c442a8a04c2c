import type { DefinitionStore, Finding } from "../domain/ports.ts";

/** Names of tools that are remembered of one server. */
const MOST_TOOLS = 1_000;

/**
 * Counts the tools of each server. Each new one is a write to disk in the thread that serves, so a server that makes up names
 * without end would stop all others.
 */
export class ToolCap {
  readonly #store: Pick<DefinitionStore, "count">;
  readonly #counts = new Map<string, number>();
  readonly #full = new Set<string>();

  constructor(store: Pick<DefinitionStore, "count">) {
    this.#store = store;
  }

  /** Counts one more tool of the server. False, and a finding, when it has too many. */
  takesOneMore(server: string): boolean {
    const count = this.#counts.get(server) ?? this.#store.count(server);
    const takes = count < MOST_TOOLS;
    this.#counts.set(server, takes ? count + 1 : count);
    if (!takes) this.#full.add(server);
    return takes;
  }

  /** Another process wrote to the store. */
  recount(): void {
    this.#counts.clear();
  }

  findings(): Finding[] {
    return [...this.#full].map((server) => ({
      name: "tools-capped",
      problem: `${server} has listed more than ${MOST_TOOLS} different tools; further ones are hidden and not remembered`,
      fix: "find out why the tool server makes up names",
      severity: "degraded",
    }));
  }
}
