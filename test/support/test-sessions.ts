import { sessionLedger, type SessionOptions } from "../../gateway/gather/sessions.ts";
import { TestClock } from "./builders.ts";

const dayMs = 86_400_000;

/** Sessions as a gateway keeps them, small; digests that show what they are of. */
export function testSessions(options: Pick<SessionOptions, "store" | "read"> & Partial<SessionOptions>) {
  return sessionLedger({
    history: 5,
    capacity: 100,
    idleMs: 3_600_000,
    labelWindowMs: 30 * dayMs,
    byTransport: true,
    byTrace: true,
    digest: (text) => `digest of ${text}`,
    clock: new TestClock(),
    ...options,
  });
}

export type TestSessions = ReturnType<typeof testSessions>;
