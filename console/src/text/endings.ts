import type { Ended, MadeRevocation, SessionCaller } from "../api/types.ts";

/** How much an end has ended, or would, in words; "nothing" when it is nothing. */
export function endedText({ sessions, held, calls, streams, grants, credentials }: Ended): string {
  const counts = [
    [held, "held call", "held calls"],
    [calls, "call under way", "calls under way"],
    [streams, "open stream", "open streams"],
    [grants, "grant", "grants"],
    [credentials, "credential", "credentials"],
  ] as const;
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`);
  if (parts.length === 0) return "nothing that is open now";
  return `${parts.join(", ")}, of ${sessions} ${sessions === 1 ? "session" : "sessions"}`;
}

/** The gateway's answer to whoever ended access. */
export function doneText({ durable, matched, named_by }: MadeRevocation): string {
  const done = `Access has ended, from the next call on. Ended with it: ${endedText(matched)}.`;
  const named = namedByText(named_by);
  return [done, ...elsewhereTexts(durable, matched), ...(named === null ? [] : [named])].join(" ");
}

/** What an end has not reached. */
export function elsewhereTexts(durable: boolean, { unanswered }: { readonly unanswered: number }): readonly string[] {
  const here = "In this process only: the store cannot be written now, and a restart before it can be would undo it.";
  const others = `${unanswered} other processes have not said that it is done there: look again.`;
  return [...(durable ? [] : [here]), ...(unanswered > 0 ? [others] : [])];
}

/** A session that no token names is a name that its caller can change. Null for any other. */
export function namedByText(callers: readonly SessionCaller[]): string | null {
  if (callers.length === 0) return null;
  return `No token names this session, so its caller could go on under another name: all sessions that no token names are meant, of ${callersText(callers)}.`;
}

export function callersText(callers: readonly SessionCaller[]): string {
  return callers.map(({ subject, acting_for: person }) => (person ? `${subject} for ${person}` : subject)).join(", ");
}
