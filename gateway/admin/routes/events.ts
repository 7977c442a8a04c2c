import type { Express, Response } from "express";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import { approvalRow } from "../approval-view.ts";
import { commentText, eventText } from "../../lib/event-stream.ts";
import { sessionOf } from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import type { Sessions } from "../sessions.ts";

const heartbeatMs = 15_000;

export interface EventHub {
  route(app: Express): void;
  /** Ends the streams of sessions that are over, now and not with the next event. */
  endOver(): void;
  close(): void;
}

/**
 * One subscription to each source, fanned out to all open pages:
 * `hello {now}`, `policy PolicyStatus` at once and at each change, `approval ApprovalRow & {counts, now}`,
 * `ended {}` when the session is over.
 */
export function eventHub(
  deps: Pick<ConsoleDeps, "approvals" | "bundles" | "clock" | "logger" | "shared">,
  sessions: Pick<Sessions, "follow">,
): EventHub {
  const streams = new EventStreams(deps.clock, deps.logger);
  const stops = [
    deps.approvals.watch((approval) =>
      streams.send("approval", async () => {
        const counts = await deps.approvals.counts();
        return { ...approvalRow(approval), counts, now: deps.clock.now() };
      }),
    ),
    deps.bundles.watch((status) => streams.send("policy", () => status)),
  ];
  // Sessions may have ended while nobody could look them up.
  deps.shared?.onReturn(() => streams.keepAlive());
  const heartbeat = setInterval(() => streams.keepAlive(), heartbeatMs);
  heartbeat.unref();
  return {
    route(app) {
      app.get("/api/events", function showEvents(_req, res) {
        // The session may get another id while the stream is open, at a step-up.
        const { id, account } = sessionOf(res);
        const goesOn = sessions.follow(id);
        const first = { hello: { now: deps.clock.now() }, policy: deps.bundles.status() };
        streams.open(account, res, first, goesOn);
      });
    },
    endOver: () => streams.keepAlive(),
    close() {
      clearInterval(heartbeat);
      for (const stop of stops) stop();
      streams.close();
    },
  };
}

const bounds = { capacity: 200, perAsker: 20 };
/** After which a page whose stream broke comes back; told with the first event. */
const comeBackMs = 2_000;
/** The page of a stream that is ended to make room for another comes back after a minute. */
const giveWay = eventText({ retry: 60_000 });
/** So often is looked whether the sessions of streams that were told nothing can be looked up again. */
const lookAgainMs = 1_000;
/** A reader this many bytes behind is cut off; it reconnects and loads the list anew. */
const maxBacklog = 1024 * 1024;

/** The open event streams (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class EventStreams {
  readonly #logger: Logger;
  readonly #places: FairShare<Response>;
  readonly #streams = new Map<Response, () => Promise<boolean>>();
  /** Those whose sessions could not be looked up: they were told nothing since. */
  readonly #behind = new Set<Response>();
  #isLooking = false;
  #opened = 0;
  /** Resolves when everything that was sent before is written. */
  #last = Promise.resolve();

  constructor(clock: Clock, logger: Logger) {
    this.#logger = logger;
    const dropped = (res: Response): void => this.#finish(res, giveWay);
    this.#places = new FairShare<Response>({ ...bounds, clock, full: "forget", dropped });
  }

  /**
   * Ends the oldest stream of this account, or of the one with most, when there are too many.
   * @param first the events of its beginning, by name
   * @param goesOn whether the reader's session does
   */
  open(account: string, res: Response, first: Readonly<Record<string, unknown>>, goesOn: () => Promise<boolean>): void {
    const place = String(++this.#opened);
    this.#places.set(account, place, res);
    res.set({ "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" });
    const events = Object.entries(first).map(([event, data], at) =>
      frame(event, data, at === 0 ? comeBackMs : undefined),
    );
    res.write(events.join(""));
    this.#streams.set(res, goesOn);
    res.on("close", () => {
      this.#streams.delete(res);
      this.#behind.delete(res);
      this.#places.delete(place);
    });
  }

  /** To all streams, in the order of the calls. `data` is read when it is the event's turn. */
  send(event: string, data: () => unknown): void {
    this.#inTurn(async () => frame(event, await data()));
  }

  /** Keeps proxies from closing the streams. Whatever is written ends those whose session is over. */
  keepAlive(): void {
    this.#inTurn(() => Promise.resolve(commentText("still here")));
  }

  /** What is still to be written goes to nobody. */
  close(): void {
    for (const res of this.#streams.keys()) res.end();
    this.#streams.clear();
    this.#behind.clear();
  }

  #inTurn(text: () => Promise<string>): void {
    this.#last = this.#last
      .then(async () => this.#write(await text()))
      .catch((failure: unknown) => this.#logger.error("console: an event was not sent", { detail: String(failure) }));
  }

  /**
   * Whoever signed out, or may no longer sign in, reads nothing that came later. A stream whose session cannot be looked up is told nothing; when
   * it can be, it ends: its page comes back and reads anew what it was not told.
   */
  async #write(text: string): Promise<void> {
    const open = [...this.#streams];
    const on = await Promise.all(open.map(([, goesOn]) => stillOn(goesOn)));
    for (const [index, [res]] of open.entries()) {
      if (!this.#streams.has(res)) continue;
      if (res.writableLength > maxBacklog) res.destroy();
      else if (on[index] === null) this.#behind.add(res);
      else if (on[index] === false) this.#finish(res, frame("ended", {}));
      else if (this.#behind.has(res)) this.#finish(res, "");
      else res.write(text);
    }
    this.#lookAgain();
  }

  /** Asks for one of them, until that is answered. */
  #lookAgain(): void {
    if (this.#isLooking || this.#behind.size === 0) return;
    this.#isLooking = true;
    setTimeout(() => void this.#askForOne(), lookAgainMs).unref();
  }

  async #askForOne(): Promise<void> {
    const [goesOn] = [...this.#behind].map((res) => this.#streams.get(res));
    const isKnown = goesOn === undefined || (await stillOn(goesOn)) !== null;
    this.#isLooking = false;
    if (isKnown) this.keepAlive();
    else this.#lookAgain();
  }

  #finish(res: Response, last: string): void {
    this.#streams.delete(res);
    this.#behind.delete(res);
    res.end(last);
  }
}

/** Null for a session that cannot be looked up. */
function stillOn(goesOn: () => Promise<boolean>): Promise<boolean | null> {
  return goesOn().catch(() => null);
}

function frame(event: string, data: unknown, retry?: number): string {
  return eventText({ retry, event, data: JSON.stringify(data) });
}
