import type { Ended, EndedElsewhere } from "./ports.ts";

export const nothingEnded: Ended = { sessions: 0, held: 0, calls: 0, streams: 0, grants: 0, credentials: 0 };

/** The sum without the sessions, which are counted by their names. */
export function withEnded(sum: Ended, more: EndedElsewhere): Ended {
  const { held = 0, calls = 0, streams = 0, grants = 0, credentials = 0 } = more;
  return {
    sessions: sum.sessions,
    held: sum.held + held,
    calls: sum.calls + calls,
    streams: sum.streams + streams,
    grants: sum.grants + grants,
    credentials: sum.credentials + credentials,
  };
}

/** The sum of two steps or two processes. A session that both know counts twice. */
export function endedTogether(one: Ended, other: Ended): Ended {
  return { ...withEnded(one, other), sessions: one.sessions + other.sessions };
}

/** Whether anything at all was ended or counted. */
export function isAnything({ sessions, held, calls, streams, grants, credentials }: Ended): boolean {
  return sessions + held + calls + streams + grants + credentials > 0;
}
