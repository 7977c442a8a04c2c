import { Refusal } from "../../domain/errors.ts";
import type { Clock, Finding, FindingSource, Logger } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import type { Sent } from "./upstreams.ts";

interface Down {
  readonly origin: string;
  readonly since: number;
  readonly error: string;
}

/** Which tool servers could not be connected to by the last call that tried. Told once when it begins and once when it ends. */
export class Reachability implements FindingSource {
  readonly #down = new Map<string, Down>();
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  note({ id, upstream }: Route, { started, callerLeft, error }: Sent): void {
    if (started) {
      if (this.#down.size > 0 && this.#down.delete(id))
        this.#logger.info("the tool server can be reached again", { route: id, origin: upstream.origin });
      return;
    }
    // Of a caller that left, or of a request that was never to be sent, nothing follows for the tool server.
    if (callerLeft || error === null || error instanceof Refusal || this.#down.has(id)) return;
    const text = error.message === "" ? error.name : error.message;
    this.#down.set(id, { origin: upstream.origin, since: this.#clock.now(), error: text });
    this.#logger.warn("the tool server cannot be reached; its calls are answered 502", {
      route: id,
      origin: upstream.origin,
      error: text,
    });
  }

  findings(): Finding[] {
    return [...this.#down].map(([route, { origin, since, error }]) => ({
      name: "tool-server",
      problem: `the tool server of route ${route} (${origin}) cannot be reached since ${new Date(since).toISOString()}: ${error}`,
      fix: "start the tool server, or mend upstream.origin of the route; the next call tries again",
      severity: "degraded",
    }));
  }
}
