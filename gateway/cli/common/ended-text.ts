import type { Ended, EndedEverywhere } from "../../domain/ports.ts";

/** What an end of access has ended, in words. */
export function countsText({ sessions, held, calls, streams, grants, credentials }: Ended): string {
  const parts = [
    [sessions, "session", "sessions"],
    [held, "held call", "held calls"],
    [calls, "call under way", "calls under way"],
    [streams, "open stream", "open streams"],
    [grants, "grant", "grants"],
    [credentials, "credential", "credentials"],
  ] as const;
  return parts.map(([count, one, many]) => `${count} ${count === 1 ? one : many}`).join(", ");
}

/** A line when other processes may still run what was ended; else none. */
export function unansweredText({ unanswered }: EndedEverywhere): string[] {
  if (unanswered === 0) return [];
  const who = unanswered === 1 ? "One other process has" : `${unanswered} other processes have`;
  return [`${who} not said within a second that it is done: what runs there may go on until it is.`];
}
