import type { Express, Request, Response } from "express";
import { Refusal } from "../../domain/errors.ts";
import { approvalRow } from "../approval-view.ts";
import type { ConsoleDeps } from "../deps.ts";

const heartbeatMs = 15_000;
const maxStreams = 200;
/** A reader this many bytes behind is cut off; it reconnects and loads the list anew. */
const maxBacklog = 1024 * 1024;

export interface EventHub {
  route(app: Express): void;
  close(): void;
}

/**
 * One subscription to each source, fanned out as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 * `hello {now}`, `approval ApprovalRow`, `policy PolicyStatus`, `ended {}` when the session is over.
 */
export function eventHub(deps: Pick<ConsoleDeps, "desk" | "bundles" | "clock">, signedIn: (req: Request) => boolean): EventHub {
  const streams = new Map<Response, Request>();
  const stops = [
    deps.desk.watch((approval) => tell("approval", { ...approvalRow(approval), now: deps.clock.now() })),
    deps.bundles.watch((status) => tell("policy", status)),
  ];
  const heartbeat = setInterval(beat, heartbeatMs);
  heartbeat.unref();

  function tell(event: string, data: unknown): void {
    const frame = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const res of streams.keys()) {
      if (res.writableLength > maxBacklog) res.destroy();
      else res.write(frame);
    }
  }

  /** Keeps proxies from closing the stream, and ends it with the session it began under. */
  function beat(): void {
    for (const [res, req] of streams) {
      if (signedIn(req)) res.write(": still here\n\n");
      else res.end("event: ended\ndata: {}\n\n");
    }
  }

  function attach(req: Request, res: Response): void {
    if (streams.size >= maxStreams) throw new Refusal("streams_exhausted");
    res.set({ "Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no" });
    res.write(`retry: 2000\nevent: hello\ndata: ${JSON.stringify({ now: deps.clock.now() })}\n\n`);
    streams.set(res, req);
    res.on("close", () => streams.delete(res));
  }

  return {
    route(app) {
      app.get("/api/events", attach);
    },
    close() {
      clearInterval(heartbeat);
      for (const stop of stops) stop();
      for (const res of streams.keys()) res.end();
    },
  };
}
