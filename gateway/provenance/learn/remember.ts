import { grant } from "../memory/digest-table.ts";
import type { SessionMemory } from "../memory/session-memory.ts";
import { addShingle, addShingles, hasShingle } from "../memory/shingle-digests.ts";
import { foundAs, type Found } from "../text/found.ts";
import { found as marks } from "./result-reader.ts";

/** How what was found in a result is to be remembered. */
export interface ResultKind {
  readonly isUntrusted: boolean;
  readonly isPrivate: boolean;
  /** The call changed something. */
  readonly mutated: boolean;
}

/** An echo is no evidence: what this session has said before its result came is neither trusted nor created nor a secret. */
export function rememberResult(memory: SessionMemory, digests: Found, kind: ResultKind, event: number): void {
  for (let at = 0; at < digests.count; at += 1) {
    const hi = digests.hi[at] as number;
    const lo = digests.lo[at] as number;
    if (memory.said.has(hi, lo)) continue;
    const flags = flagsFor(digests.as[at] as number, digests.marks[at] as number, kind);
    if (flags === null) continue;
    if (flags === 0) memory.noteUntrusted(hi, lo, event);
    else if (flags !== grant.secret || memory.granted.metaOf(hi, lo) === 0) memory.grant(hi, lo, flags, event);
  }
  addShingles(kind.isUntrusted ? memory.copied : memory.own, digests.shingles, digests.shingleCount);
}

/** 0: noted as untrusted; null: not at all. */
function flagsFor(as: number, mark: number, { isUntrusted, isPrivate, mutated }: ResultKind): number | null {
  // The first server that a secret came from is the one that it belongs to.
  if (as === foundAs.code) return isPrivate ? grant.secret : null;
  const isField = (mark & marks.field) !== 0;
  const isTrusted = isField || (!isUntrusted && (mark & marks.freeText) === 0);
  const created = mutated && isTrusted && (mark & marks.id) !== 0 ? grant.created : 0;
  // They stand everywhere: only as the whole value of a trusted field they say something.
  if (as === foundAs.shortNumber) return isField || created !== 0 ? grant.trusted | created : null;
  if (as === foundAs.token) return isTrusted ? null : 0;
  return isTrusted ? grant.trusted | created : 0;
}

/** The values of a call that goes to its tool server; `approved` when people let it through. */
export function rememberCall(memory: SessionMemory, digests: Found, approved: boolean, event: number): void {
  for (let at = 0; at < digests.count; at += 1) {
    const hi = digests.hi[at] as number;
    const lo = digests.lo[at] as number;
    memory.say(hi, lo);
    if (approved) memory.grant(hi, lo, grant.approved, event);
  }
  for (let at = 0; at < digests.shingleCount; at += 1) {
    const shingle = digests.shingles[at] as number;
    if (!hasShingle(memory.copied, shingle)) addShingle(memory.own, shingle);
  }
}
