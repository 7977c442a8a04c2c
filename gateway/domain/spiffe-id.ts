/** A workload's name: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md */
export interface SpiffeId {
  readonly id: string;
  readonly trustDomain: string;
}

/** §2.1. As a host it is one or more labels with a dot between two: `.` and `..` climb in a path, and name nobody. */
export const trustDomainPattern = /^(?=.{1,255}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** §2: one spelling only, with a path, without empty or dot segments, escapes, port or user. */
export const spiffeIdPattern =
  /^spiffe:\/\/((?=[^/]{1,255}\/)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/;

/** Null for anything else than the text of a SPIFFE ID. */
export function readSpiffeId(text: unknown): SpiffeId | null {
  if (typeof text !== "string" || text.length > 2048) return null;
  const trustDomain = spiffeIdPattern.exec(text)?.[1];
  return trustDomain === undefined ? null : { id: text, trustDomain };
}
