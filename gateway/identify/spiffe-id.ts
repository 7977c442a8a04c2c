/** A workload's name: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md */
export interface SpiffeId {
  readonly id: string;
  readonly trustDomain: string;
}

/** §2: one spelling only, with a path, without empty or dot segments, escapes, port or user. Null for anything else. */
export function readSpiffeId(text: unknown): SpiffeId | null {
  if (typeof text !== "string" || text.length > 2048) return null;
  const [, trustDomain, path] = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)+)$/.exec(text) ?? [];
  if (trustDomain === undefined || path === undefined) return null;
  return path.split("/").some((segment) => segment === "." || segment === "..") ? null : { id: text, trustDomain };
}
