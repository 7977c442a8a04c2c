import { DigestTable, grant } from "./digest-table.ts";
import { Events } from "./events.ts";
import { Fingerprints } from "./fingerprints.ts";
import { header, layout, type Layout, layoutVersion, memoryBytes } from "./layout.ts";

/** What a call asks for. */
interface AskedFor {
  /** The task identifies it. */
  readonly identified: boolean;
  /** See `Things`; 0 for nothing. */
  readonly thing: number;
}

const nothing: AskedFor = { identified: false, thing: 0 };

const forgottenFlag = 1;
const secretsFlag = 2;
/** A call of a tool whose name had no room was made. */
const madeFlag = 4;

/**
 * What one session has met, in a block of 16 KiB that holds digests and never the values. What lets a call pass (trusted,
 * approved, created) are whole digests; what only restricts (untrusted, said, copied) are fingerprints.
 */
export class SessionMemory {
  readonly granted: DigestTable;
  readonly untrusted: Fingerprints;
  /** Values of the arguments of all calls. */
  readonly said: Fingerprints;
  /** Runs of six words of untrusted results, and of what the service or the agent itself has written. */
  readonly copied: Fingerprints;
  readonly own: Fingerprints;
  readonly events: Events;
  readonly #parts: Layout;

  private constructor(parts: Layout) {
    const { header: head, grantedHi: hi, grantedLo: lo, grantedMeta: meta } = parts;
    this.#parts = parts;
    this.granted = new DigestTable({ hi, lo, meta });
    this.untrusted = new Fingerprints(parts.untrusted, parts.untrustedEvents);
    this.said = new Fingerprints(parts.said);
    this.copied = new Fingerprints(parts.copied);
    this.own = new Fingerprints(parts.own);
    const columns = { times: parts.eventTimes, tools: parts.eventTools, names: parts.tools };
    this.events = new Events(columns, (head[header.event] as number) & 127);
  }

  /** @param keyCheck of the key of its digests */
  static empty(keyCheck: number): SessionMemory {
    const parts = layout();
    parts.header[header.version] = layoutVersion;
    parts.header[header.keyCheck] = keyCheck;
    return new SessionMemory(parts);
  }

  /** From `bytes` of a memory; null when they are of another layout, or its digests were made with another key. */
  static restore(bytes: Uint8Array, keyCheck: number): SessionMemory | null {
    if (bytes.length !== memoryBytes) return null;
    const copy = new Uint8Array(memoryBytes);
    copy.set(bytes);
    const parts = layout(copy);
    const fits = parts.header[header.version] === layoutVersion && parts.header[header.keyCheck] === keyCheck;
    return fits ? new SessionMemory(parts) : null;
  }

  /** All of it, as it stands: the block itself, which changes with the next call. */
  get bytes(): Uint8Array {
    this.#parts.header[header.event] = this.events.current;
    return this.#parts.bytes;
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
    return ((this.#parts.header[header.flags] as number) & flag) !== 0;
  }

  #set(flag: number): void {
    const head = this.#parts.header;
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
    this.#parts.eventThings[event] = isNew || this.thingOf(event) === thing ? thing : 0;
    return event;
  }

  /** What the call of an event asked for; 0 when it is not known. */
  thingOf(event: number): number {
    return event === 0 ? 0 : (this.#parts.eventThings[event] as number);
  }

  /** Whether the task identifies what came in an event. */
  isIdentified(event: number): boolean {
    return event !== 0 && ((this.#parts.header[identifiedAt(event)] as number) & (1 << (event & 31))) !== 0;
  }

  #setIdentified(event: number, on: boolean): void {
    const head = this.#parts.header;
    const bits = head[identifiedAt(event)] as number;
    head[identifiedAt(event)] = on ? bits | (1 << (event & 31)) : bits & ~(1 << (event & 31));
  }

  grant(hi: number, lo: number, flags: number, event: number): void {
    if ((flags & grant.secret) !== 0) this.#set(secretsFlag);
    if (this.granted.add(hi, lo, flags, event, this.events.age)) this.forget();
  }

  noteUntrusted(hi: number, lo: number, event: number): void {
    if (this.untrusted.add(hi, lo, event, this.events.age)) this.forget();
  }

  say(hi: number, lo: number): void {
    if (this.said.add(hi, lo)) this.forget();
  }
}

function identifiedAt(event: number): number {
  return header.identified + (event >>> 5);
}
