import { type Layout, lengths, mostGranted } from "./layout.ts";

/** Most tools of a session whose names are kept. */
export const mostTools = 64;

/** Numbers of the header that the store has. */
const usedOfHeader = 8;
/** And those behind them of the four sets of fingerprints. */
const statesOfHeader = 4;

const { header, events, untrusted, said, copied, own } = lengths;
const halves = 2 * (header + 2 * events);
const singles = 2 * (halves + untrusted + said + copied + own);

/** Where the parts stand, in units of their own width: `u32`, `u16` and `u8` are three readings of the same bytes. */
export const places = {
  header: 0,
  /** Numbers of the header that are the process's alone. */
  states: usedOfHeader,
  times: header,
  things: header + events,
  untrusted: halves,
  said: halves + untrusted,
  copied: halves + untrusted + said,
  own: halves + untrusted + said + copied,
  untrustedEvents: singles,
  eventTools: singles + untrusted,
  /** In the header, behind the states: two bits for each tool. */
  toolNotes: 4 * (usedOfHeader + statesOfHeader),
} as const;

/** Bytes before the table of digests. */
const before = singles + untrusted + events;

/** Places that the table of digests has, one after the other as it fills, and how many of the first ones are taken at most. */
const sizes = [48, 96, 192, 384, 626] as const;
const fullest = 0.85;

type Part = Uint32Array | Uint16Array | Uint8Array;

/** The bytes of one session's memory in this process: those of a session that has met little are fewer. */
export class Block {
  u32: Uint32Array;
  u16: Uint16Array;
  u8: Uint8Array;
  /** Places of the table of digests. */
  slots: number;

  constructor() {
    this.slots = sizes[0];
    const bytes = new ArrayBuffer(before + 10 * this.slots);
    [this.u32, this.u16, this.u8] = [new Uint32Array(bytes), new Uint16Array(bytes), new Uint8Array(bytes)];
  }

  /** Digests that the table has at most before it grows, or has to make room. */
  get room(): number {
    return this.slots === sizes.at(-1) ? mostGranted : Math.floor(this.slots * fullest);
  }

  /** Gives the table of digests more places, all of them empty. It must not have the most of them. */
  grow(): void {
    const next = sizes.find((size) => size > this.slots);
    if (next === undefined) throw new Error("the table of digests has the most places");
    const bytes = new ArrayBuffer(before + 10 * next);
    const u8 = new Uint8Array(bytes);
    u8.set(this.u8.subarray(0, before));
    [this.u32, this.u16, this.u8, this.slots] = [new Uint32Array(bytes), new Uint16Array(bytes), u8, next];
  }

  /** Takes over all parts that the store has in the same form. */
  take(stored: Layout): void {
    for (const [to, from] of this.#pairs(stored)) to.set(from);
  }

  give(stored: Layout): void {
    for (const [from, to] of this.#pairs(stored)) to.set(from);
  }

  #pairs(stored: Layout): readonly (readonly [Part, Part])[] {
    const { u32, u16, u8 } = this;
    const of = <Its extends Part>(all: Its, at: number, part: Part) =>
      [all.subarray(at, at + part.length), part] as const;
    return [
      of(u32, places.header, stored.header.subarray(0, usedOfHeader)),
      of(u32, places.times, stored.eventTimes),
      of(u32, places.things, stored.eventThings),
      of(u16, places.untrusted, stored.untrusted),
      of(u16, places.said, stored.said),
      of(u16, places.copied, stored.copied),
      of(u16, places.own, stored.own),
      of(u8, places.untrustedEvents, stored.untrustedEvents),
      of(u8, places.eventTools, stored.eventTools),
    ];
  }

  /** Where the halves of digests, and what is known of them, stand. */
  get hi(): number {
    return before / 4;
  }

  get lo(): number {
    return before / 4 + this.slots;
  }

  get meta(): number {
    return before / 2 + 4 * this.slots;
  }
}
