import type { Express, Request } from "express";
import { approvalRow } from "../approval-view.ts";
import type { ConsoleDeps } from "../deps.ts";
import { eventStreams } from "./streams.ts";

const heartbeatMs = 15_000;

export interface EventHub {
  route(app: Express): void;
  close(): void;
}

/**
 * One subscription to each source, fanned out to all open pages:
 * `hello {now}`, `approval ApprovalRow & {now}`, `policy PolicyStatus`, `ended {}` when the session is over.
 */
export function eventHub(
  deps: Pick<ConsoleDeps, "desk" | "bundles" | "clock">,
  signedIn: (req: Request) => boolean,
): EventHub {
  const streams = eventStreams();
  const stops = [
    deps.desk.watch((approval) => streams.tell("approval", { ...approvalRow(approval), now: deps.clock.now() })),
    deps.bundles.watch((status) => streams.tell("policy", status)),
  ];
  const heartbeat = setInterval(() => streams.beat(signedIn), heartbeatMs);
  heartbeat.unref();
  return {
    route(app) {
      app.get("/api/events", function showEvents(req, res) {
        streams.open(req, res, { now: deps.clock.now() });
      });
    },
    close() {
      clearInterval(heartbeat);
      for (const stop of stops) stop();
      streams.close();
    },
  };
}
