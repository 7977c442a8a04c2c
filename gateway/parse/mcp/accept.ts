import type { RequestHeaders } from "../headers.ts";

/** Whether the caller named event streams itself; a wildcard alone does not say that it can read one. */
export function acceptsEventStream(headers: RequestHeaders): boolean {
  const accept = headers.list("accept");
  if (accept === null) return false;
  return accept
    .toLowerCase()
    .split(",")
    .some((range) => /^\s*text\/event-stream\s*(?:;|$)/.test(range) && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(range));
}
