import type { ProvenanceFacts } from "../../domain/provenance.ts";
import { eventOf, flagsOf, grant } from "../memory/digest-table.ts";
import type { SessionMemory } from "../memory/session-memory.ts";

export type SecretFact = ProvenanceFacts["secrets"][number];

/** The secret of a private result with this digest; null when there is none. The server is empty when it is not known any more. */
export function secretAt(memory: SessionMemory, hi: number, lo: number, pointer: string): SecretFact | null {
  const meta = memory.granted.metaOf(hi, lo);
  if ((flagsOf(meta) & grant.secret) === 0) return null;
  const tool = memory.events.toolOf(eventOf(meta)) ?? "";
  return { pointer, server: tool.slice(0, Math.max(0, tool.indexOf("/"))) };
}
