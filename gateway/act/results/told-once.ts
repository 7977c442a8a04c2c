/** Of one route. A tool server that does something else wrong again and again would fill the log. */
const mostTold = 16;

/** What the log says of a route's tool server once, as long as the process lives. */
export class ToldOnce {
  /** By route. */
  readonly #told = new Map<string, Set<string>>();

  /** Whether it has to be told now. */
  tell(route: string, what: string): boolean {
    const told = this.#told.get(route) ?? new Set();
    if (told.has(what) || told.size >= mostTold) return false;
    this.#told.set(route, told.add(what));
    return true;
  }
}
