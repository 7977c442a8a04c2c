import type { Express } from "express";
import { approvalRow } from "../approval-view.ts";
import type { ConsoleDeps } from "../deps.ts";
import type { Sessions } from "../sessions.ts";
import { sessionOf } from "../signed-in.ts";
import { eventStreams } from "./streams.ts";

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
    deps.approvals.watch((approval) =>
      streams.tell("approval", { ...approvalRow(approval), counts: deps.approvals.counts(), now: deps.clock.now() }),
    ),
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
