import { grant } from "../memory/digest-table.ts";
import type { SessionMemory } from "../memory/session-memory.ts";
import { addShingle, addShingles, hasShingle } from "../memory/shingle-digests.ts";
import { foundAs, type Found } from "../text/found.ts";
import { found as marks } from "./marks.ts";
import { callMarks } from "./argument-reader.ts";

/** How what was found in a result is to be remembered. */
export interface ResultKind {
  readonly isUntrusted: boolean;
  readonly isPrivate: boolean;
  /** The call changed something. */
  readonly mutated: boolean;
  /** Untrusted text has named what was asked for. */
  readonly led: boolean;
  /** In the session's memory. */
  readonly event: number;
  /** Whether a digest is of what the call itself has said: asked only of what the session has said before. */
  readonly isEcho: (hi: number, lo: number) => boolean;
}

/**
 * An echo is no evidence: what this session has said before its result came is neither trusted nor created nor a secret. It is untrusted
 * all the same where a stranger's text has it, unless the answer only repeats its own call.
 */
export function rememberResult(memory: SessionMemory, digests: Found, kind: ResultKind): void {
  const { event } = kind;
  const { callDigests } = memory;
  const ofEvent = memory.isIdentified(event) ? grant.identified : 0;
  const led = kind.led ? grant.led : 0;
  for (let at = 0; at < digests.count; at += 1) {
    const hi = digests.hi[at] as number;
    const lo = digests.lo[at] as number;
    const mark = digests.marks[at] as number;
    const flags = flagsFor(digests.as[at] as number, mark, kind);
    if (flags === null || (callDigests.has(hi, lo) && (flags !== 0 || kind.isEcho(hi, lo)))) continue;
    const identified = ofEvent | ((mark & marks.identified) === 0 ? 0 : grant.identified);
    if (flags === 0) memory.noteUntrusted(hi, lo, event);
    else if (flags !== grant.secret) memory.grant(hi, lo, flags | identified, event);
    // The first server that a secret came from is the one that it belongs to.
    else if (memory.granted.metaOf(hi, lo) === 0) memory.grant(hi, lo, flags | identified | led, event);
  }
  addShingles(kind.isUntrusted ? memory.copied : memory.own, digests.shingles, digests.shingleCount);
}

/** 0: noted as untrusted; null: not at all. */
function flagsFor(as: number, mark: number, { isUntrusted, isPrivate, mutated }: ResultKind): number | null {
  if (as === foundAs.code) return isPrivate ? grant.secret : null;
  const isField = (mark & (marks.field | marks.own)) !== 0;
  const isByPeople = (mark & marks.people) !== 0;
  const isTrusted = isField || isByPeople || (!isUntrusted && (mark & marks.freeText) === 0);
  const own = (mark & marks.own) !== 0 ? grant.own : 0;
  const created = mutated && isTrusted && (mark & marks.id) !== 0 ? grant.created : 0;
  // They stand everywhere: only as the whole value of a trusted field they say something.
  if (as === foundAs.shortNumber) return isField || created !== 0 ? grant.trusted | created | own : null;
  // Whoever repeats a name does not say it of himself: it may be from a stranger's text.
  if (as === foundAs.quoted) return isTrusted && (isField || !isByPeople) ? null : 0;
  if (!isTrusted) return 0;
  return grant.trusted | created | own | (isByPeople && !isField ? grant.people : 0);
}

/**
 * The values of a call that was held or denied: no answer makes them known, and nothing else is remembered of them.
 * @returns whether one of them had not been said before
 */
export function rememberArguments(memory: SessionMemory, digests: Found): boolean {
  let isNew = false;
  for (let at = 0; at < digests.count; at += 1) {
    const hi = digests.hi[at] as number;
    const lo = digests.lo[at] as number;
    if (memory.callDigests.has(hi, lo)) continue;
    memory.addCallDigest(hi, lo);
    isNew = true;
  }
  return isNew;
}

/** The values of a call that goes to its tool server; `approved` when people let it through. */
export function rememberCall(memory: SessionMemory, digests: Found, approved: boolean, event: number): void {
  for (let at = 0; at < digests.count; at += 1) {
    const hi = digests.hi[at] as number;
    const lo = digests.lo[at] as number;
    memory.addCallDigest(hi, lo);
    const isWithinText = (digests.marks[at] as number) === callMarks.withinText;
    if (approved) memory.grant(hi, lo, isWithinText ? grant.shown : grant.approved, event);
  }
  const { copied, own } = memory;
  const noneCopied = copied.isEmpty;
  for (let at = 0; at < digests.shingleCount; at += 1) {
    const shingle = digests.shingles[at] as number;
    if (noneCopied || !hasShingle(copied, shingle)) addShingle(own, shingle);
  }
}
