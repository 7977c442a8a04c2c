import type { SecretFact } from "../../domain/provenance.ts";
import { eventOf, flagsOf, grant } from "../memory/digest-table.ts";
import { serverOf } from "../memory/events.ts";
import type { SessionMemory } from "../memory/session-memory.ts";

/** The secret of a private result with this digest; null when there is none. The server is empty when it is not known any more. */
export function secretAt(memory: SessionMemory, hi: number, lo: number, pointer: string): SecretFact | null {
  const meta = memory.granted.metaOf(hi, lo);
  const flags = flagsOf(meta);
  if ((flags & grant.secret) === 0) return null;
  const server = serverOf(memory.events.toolOf(eventOf(meta)));
  return { pointer, server, identified: (flags & grant.identified) !== 0, led: (flags & grant.led) !== 0 };
}
