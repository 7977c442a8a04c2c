import type { Express, Response } from "express";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock } from "../../domain/ports.ts";
import { approvalRow } from "../approval-view.ts";
import { commentText, eventText } from "../../lib/event-stream.ts";
import type { ConsoleDeps } from "../deps.ts";
import type { Sessions } from "../sessions.ts";
import { sessionOf } from "../signed-in.ts";

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
  deps: Pick<ConsoleDeps, "approvals" | "bundles" | "clock">,
  sessions: Pick<Sessions, "follow">,
): EventHub {
  const streams = eventStreams(deps.clock);
  const stops = [
    deps.approvals.watch(async (approval) => {
      const counts = await deps.approvals.counts();
      streams.tell("approval", { ...approvalRow(approval), counts, now: deps.clock.now() });
    }),
    deps.bundles.watch((status) => streams.tell("policy", status)),
  ];
  const heartbeat = setInterval(() => streams.beat(), heartbeatMs);
  heartbeat.unref();
  return {
    route(app) {
      app.get("/api/events", function showEvents(_req, res) {
        // The session may get another id while the stream is open, at a step-up.
        const { id, account } = sessionOf(res);
        const goesOn = sessions.follow(id) ?? (() => false);
        const first = { hello: { now: deps.clock.now() }, policy: deps.bundles.status() };
        streams.open(account, res, first, goesOn);
      });
    },
    endOver: () => streams.beat(),
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
/** A reader this many bytes behind is cut off; it reconnects and loads the list anew. */
const maxBacklog = 1024 * 1024;

/** The open event streams (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
interface Streams {
  /**
   * Ends the oldest stream of this account, or of the one with most, when there are too many.
   * @param first the events of its beginning, by name
   * @param goesOn whether the reader's session does
   */
  open(account: string, res: Response, first: Readonly<Record<string, unknown>>, goesOn: () => boolean): void;
  tell(event: string, data: unknown): void;
  /** Keeps proxies from closing the streams. Whatever is written ends those whose session is over. */
  beat(): void;
  close(): void;
}

export function eventStreams(clock: Clock): Streams {
  const places = new FairShare<Response>({ ...bounds, clock, full: "forget", dropped: (res) => finish(res, giveWay) });
  let opened = 0;
  const streams = new Map<Response, () => boolean>();
  /** Whoever signed out, or may no longer sign in, reads nothing that came later. */
  function write(text: string): void {
    for (const [res, goesOn] of streams) {
      if (res.writableLength > maxBacklog) res.destroy();
      else if (asked(goesOn)) res.write(text);
      else finish(res, frame("ended", {}));
    }
  }
  function finish(res: Response, last: string): void {
    streams.delete(res);
    res.end(last);
  }
  return {
    open(account, res, first, goesOn) {
      const place = String(++opened);
      places.set(account, place, res);
      res.set({ "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" });
      const events = Object.entries(first).map(([event, data], at) =>
        frame(event, data, at === 0 ? comeBackMs : undefined),
      );
      res.write(events.join(""));
      streams.set(res, goesOn);
      res.on("close", () => {
        streams.delete(res);
        places.delete(place);
      });
    },
    tell: (event, data) => write(frame(event, data)),
    beat: () => write(commentText("still here")),
    close() {
      for (const res of streams.keys()) res.end();
    },
  };
}

/** Of a session that cannot be looked up it is not known that it goes on. */
function asked(goesOn: () => boolean): boolean {
  try {
    return goesOn();
  } catch {
    return false;
  }
}

function frame(event: string, data: unknown, retry?: number): string {
  return eventText({ retry, event, data: JSON.stringify(data) });
}
