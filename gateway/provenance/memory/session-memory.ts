import { Block, places } from "./block.ts";
import { DigestTable, grant } from "./digest-table.ts";
import { Events } from "./events.ts";
import { type FingerprintPart, Fingerprints } from "./fingerprints.ts";
import { header, layout, layoutVersion, lengths, storedBytes } from "./layout.ts";
import { type NotedTool, readTools, writeTools } from "./tool-names.ts";

/** What a call asks for. */
interface AskedFor {
  /** The task identifies it. */
  readonly identified: boolean;
  /** See `Things`; 0 for nothing. */
  readonly thing: number;
}

const nothing: AskedFor = { identified: false, thing: 0 };

const prints = {
  untrusted: {
    prints: places.untrusted,
    length: lengths.untrusted,
    events: places.untrustedEvents,
    state: places.states,
  },
  said: { prints: places.said, length: lengths.said, events: null, state: places.states + 1 },
  copied: { prints: places.copied, length: lengths.copied, events: null, state: places.states + 2 },
  own: { prints: places.own, length: lengths.own, events: null, state: places.states + 3 },
} as const satisfies Readonly<Record<string, FingerprintPart>>;

const forgottenFlag = 1;
const secretsFlag = 2;
/** A call of a tool whose name had no room was made. */
const madeFlag = 4;

/**
 * What one session has met: digests, and never the values. What lets a call pass (trusted, approved, created) are whole digests; what only
 * restricts (untrusted, of calls, copied) are fingerprints.
 */
export class SessionMemory {
  readonly granted: DigestTable;
  readonly events: Events;
  readonly #block: Block;

  private constructor(block: Block, current = 0, tools: readonly NotedTool[] = []) {
    this.#block = block;
    this.granted = new DigestTable(block);
    this.events = new Events(block, current, tools);
  }

  get untrusted(): Fingerprints {
    return new Fingerprints(this.#block, prints.untrusted);
  }

  /** Values of the arguments of all calls, and of calls that were made each as a whole. */
  get callDigests(): Fingerprints {
    return new Fingerprints(this.#block, prints.said);
  }

  /** Runs of six words of untrusted results, and of what the service or the agent itself has written. */
  get copied(): Fingerprints {
    return new Fingerprints(this.#block, prints.copied);
  }

  get own(): Fingerprints {
    return new Fingerprints(this.#block, prints.own);
  }

  /** @param keyCheck of the key of its digests */
  static empty(keyCheck: number): SessionMemory {
    const block = new Block();
    [block.u32[header.version], block.u32[header.keyCheck]] = [layoutVersion, keyCheck];
    return new SessionMemory(block);
  }

  /** From `stored` of a memory; null when it is of another layout, was not written as one, or its digests were made with another key. */
  static restore(bytes: Uint8Array, keyCheck: number): SessionMemory | null {
    if (bytes.length !== storedBytes) return null;
    const copy = new Uint8Array(storedBytes);
    copy.set(bytes);
    const stored = layout(copy);
    const fits = stored.header[header.version] === layoutVersion && stored.header[header.keyCheck] === keyCheck;
    if (!fits) return null;
    const block = new Block();
    block.take(stored);
    const memory = new SessionMemory(block, (stored.header[header.event] as number) & 127, readTools(stored.tools));
    if (!memory.granted.fill(stored)) return null;
    for (const part of Object.values(prints)) new Fingerprints(block, part).filled();
    return memory;
  }

  /** All of it, as it is in the store. */
  get stored(): Uint8Array {
    const stored = layout();
    this.#block.give(stored);
    stored.header[header.event] = this.events.current;
    this.granted.give(stored);
    writeTools(stored.tools, this.events.tools);
    return stored.bytes;
  }

  /** Something was dropped or lost. It stays so. */
  get forgotten(): boolean {
    return this.#has(forgottenFlag);
  }

  forget(): void {
    this.#set(forgottenFlag);
  }

  /** There were secrets of private results; false: no text has to be searched for them. */
  get hasSecrets(): boolean {
    return this.#has(secretsFlag);
  }

  /** Whether something untrusted was met in it, as far as it knows; false: no value can be one of them. */
  get mayHaveUntrusted(): boolean {
    return this.forgotten || !this.untrusted.isEmpty;
  }

  noteMade(tool: string): void {
    if (!this.events.noteMade(tool)) this.#set(madeFlag);
  }

  /** Whether a call of this tool may have been made; false: no call has to be compared with those that were. */
  mayHaveMade(tool: string): boolean {
    return this.events.wasMade(tool) || this.#has(madeFlag);
  }

  #has(flag: number): boolean {
    return ((this.#block.u32[header.flags] as number) & flag) !== 0;
  }

  #set(flag: number): void {
    const head = this.#block.u32;
    head[header.flags] = (head[header.flags] as number) | flag;
  }

  /** @param seconds since the epoch. @returns the event of a call of this tool, named as server/tool */
  begin(tool: string, seconds: number, { identified, thing }: AskedFor = nothing): number {
    const before = this.events.current;
    const event = this.events.begin(tool, seconds, (old) => {
      this.granted.forgetEvent(old);
      this.untrusted.forgetEvent(old);
    });
    // Of calls that share an event all are identified, or none is; and all ask for one thing, or for none that is known.
    const isNew = event !== before;
    this.#setIdentified(event, identified && (isNew || this.isIdentified(event)));
    this.#block.u32[places.things + event] = isNew || this.thingOf(event) === thing ? thing : 0;
    return event;
  }

  /** What the call of an event asked for; 0 when it is not known. */
  thingOf(event: number): number {
    return event === 0 ? 0 : (this.#block.u32[places.things + event] as number);
  }

  /** Whether the task identifies what came in an event. */
  isIdentified(event: number): boolean {
    return event !== 0 && ((this.#block.u32[identifiedAt(event)] as number) & (1 << (event & 31))) !== 0;
  }

  #setIdentified(event: number, on: boolean): void {
    const head = this.#block.u32;
    const bits = head[identifiedAt(event)] as number;
    head[identifiedAt(event)] = on ? bits | (1 << (event & 31)) : bits & ~(1 << (event & 31));
  }

  grant(hi: number, lo: number, flags: number, event: number): void {
    if ((flags & grant.secret) !== 0) this.#set(secretsFlag);
    if (this.granted.add(hi, lo, flags, event, this.events)) this.forget();
  }

  noteUntrusted(hi: number, lo: number, event: number): void {
    if (this.untrusted.add(hi, lo, event, this.events)) this.forget();
  }

  addCallDigest(hi: number, lo: number): void {
    if (this.callDigests.add(hi, lo)) this.forget();
  }
}

function identifiedAt(event: number): number {
  return header.identified + (event >>> 5);
}
