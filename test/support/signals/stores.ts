import type { StoredStream, StreamStore } from "../../../gateway/domain/ports.ts";

/** A store of streams in memory; the real one is tested by its contract. */
export function memoryStreams(): StreamStore & { now(): StoredStream | null } {
  const none: StoredStream = {
    streamId: null,
    status: null,
    reason: null,
    awaited: null,
    askedAt: null,
    verifiedAt: null,
  };
  let known: StoredStream | null = null;
  return {
    now: () => known,
    read: async () => known,
    change: async (_, change) => (known = { ...(known ?? none), ...change }),
  };
}
