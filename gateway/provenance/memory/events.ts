import { Recent } from "../../lib/caches.ts";
import { type Block, places } from "./block.ts";
import { hasRoom, type NotedTool } from "./tool-names.ts";

/** Events that are told apart; 0 is one of which nothing is known any more. */
export const lastEvent = 127;

/** Says of an event how long ago it was: the smaller, the longer. */
export interface Ages {
  age(event: number): number;
}

/** Of a tool named as server/tool; empty when it is not known any more. */
export function serverOf(tool: string | null): string {
  return tool === null ? "" : tool.slice(0, Math.max(0, tool.indexOf("/")));
}

/** Bits that the names have of each tool: a call of it was sent; one was noted as made. */
const [wasSentBit, wasMadeBit, bothBits] = [1, 2, 3];

const noTools: readonly string[] = [];

/** Names that sessions have in common are in memory once. No part of a longer text: V8 would keep all of that. */
const names = new Recent<string>(4_096);

function kept(name: string): string {
  const known = names.get(name);
  if (known === undefined) names.set(name, name);
  return known ?? name;
}

/** The calls of a session: when each was and of which tool. Only the last ones are told apart. */
export class Events implements Ages {
  readonly #block: Block;
  #names = noTools;
  #current: number;

  constructor(block: Block, current = 0, tools: readonly NotedTool[] = []) {
    this.#block = block;
    this.#current = current;
    if (tools.length > 0) this.#names = tools.map(({ name }) => kept(name));
    for (const [at, { notes }] of tools.entries()) this.#addNotes(at, notes);
  }

  /** 0 of what is not known any more. */
  age(event: number): number {
    return event === 0 ? 0 : ((event - this.#current - 1 + lastEvent) % lastEvent) + 1;
  }

  get tools(): readonly NotedTool[] {
    return this.#names.map((name, at) => ({ name, notes: this.#notesOf(at) }));
  }

  /** The event of a call, a new one unless the last one is the same. @param forget an event that is used again */
  begin(tool: string, seconds: number, forget: (event: number) => void): number {
    const { u32, u8 } = this.#block;
    const { times, eventTools } = places;
    const index = this.#indexOf(tool);
    const current = this.#current;
    if (current !== 0 && u8[eventTools + current] === index && u32[times + current] === seconds) return current;
    const next = (current % lastEvent) + 1;
    if (u32[times + next] !== 0) forget(next);
    u32[times + next] = seconds;
    u8[eventTools + next] = index;
    this.#current = next;
    return next;
  }

  get current(): number {
    return this.#current;
  }

  toolOf(event: number): string | null {
    return event === 0 ? null : (this.#names[(this.#block.u8[places.eventTools + event] as number) - 1] ?? null);
  }

  /** Seconds since the epoch; null when it is not known any more. */
  timeOf(event: number): number | null {
    return event === 0 ? null : (this.#block.u32[places.times + event] as number);
  }

  /** As facts say it. @param now milliseconds since the epoch */
  said(event: number, now: number): { readonly tool: string | null; readonly ago: number | null } {
    const then = this.timeOf(event);
    return { tool: this.toolOf(event), ago: then === null ? null : Math.max(0, Math.round(now / 1_000 - then)) };
  }

  noteSent(tool: string): void {
    this.#note(tool, wasSentBit);
  }

  wasSent(tool: string): boolean {
    return this.#has(tool, wasSentBit);
  }

  /** @returns false when there is no room for the name of the tool, so that nothing is noted */
  noteMade(tool: string): boolean {
    return this.#note(tool, wasMadeBit);
  }

  wasMade(tool: string): boolean {
    return this.#has(tool, wasMadeBit);
  }

  #note(tool: string, bit: number): boolean {
    const index = this.#indexOf(tool);
    if (index === 0) return false;
    this.#addNotes(index - 1, bit);
    return true;
  }

  #has(tool: string, bit: number): boolean {
    const at = this.#names.indexOf(tool);
    return at >= 0 && (this.#notesOf(at) & bit) !== 0;
  }

  #addNotes(at: number, notes: number): void {
    const { u8 } = this.#block;
    const place = places.toolNotes + (at >>> 2);
    u8[place] = (u8[place] as number) | ((notes & bothBits) << (2 * (at & 3)));
  }

  #notesOf(at: number): number {
    return ((this.#block.u8[places.toolNotes + (at >>> 2)] as number) >>> (2 * (at & 3))) & bothBits;
  }

  /** From 1 on; 0 when there is no room for the name in the store. */
  #indexOf(tool: string): number {
    const at = this.#names.indexOf(tool);
    if (at >= 0) return at + 1;
    if (!hasRoom(this.#names, tool)) return 0;
    this.#names = this.#names.concat(kept(tool));
    return this.#names.length;
  }
}
