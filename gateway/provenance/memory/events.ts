/** Events that are told apart; 0 is one of which nothing is known any more. */
export const lastEvent = 127;

/** Most tools of a session whose names are kept. */
const mostTools = 64;

/** Of a tool named as server/tool; empty when it is not known any more. */
export function serverOf(tool: string | null): string {
  return tool === null ? "" : tool.slice(0, Math.max(0, tool.indexOf("/")));
}

export interface EventColumns {
  /** Seconds since the epoch. */
  readonly times: Uint32Array;
  readonly tools: Uint8Array;
  /** Of each tool: length, what became of calls of it (see `wasSentBit`), its name in UTF-8. */
  readonly names: Uint8Array;
}

/** Bits that the names have of each tool: a call of it was sent; one was noted as made. */
const [wasSentBit, wasMadeBit] = [1, 2];

interface Tool {
  readonly name: string;
  /** Where it stands in the names. */
  readonly at: number;
}

/** The calls of a session: when each was and of which tool. Only the last ones are told apart. */
export class Events {
  readonly #columns: EventColumns;
  readonly #tools: Tool[] = [];
  #end = 0;
  #current: number;
  readonly age = (event: number): number =>
    event === 0 ? 0 : ((event - this.#current - 1 + lastEvent) % lastEvent) + 1;

  constructor(columns: EventColumns, current: number) {
    this.#columns = columns;
    this.#current = current;
    this.#readTools();
  }

  /** The event of a call, a new one unless the last one is the same. @param forget an event that is used again */
  begin(tool: string, seconds: number, forget: (event: number) => void): number {
    const { times, tools } = this.#columns;
    const index = this.#indexOf(tool);
    if (this.#current !== 0 && tools[this.#current] === index && times[this.#current] === seconds) return this.#current;
    const next = (this.#current % lastEvent) + 1;
    if (times[next] !== 0) forget(next);
    times[next] = seconds;
    tools[next] = index;
    this.#current = next;
    return next;
  }

  get current(): number {
    return this.#current;
  }

  toolOf(event: number): string | null {
    return event === 0 ? null : (this.#tools[(this.#columns.tools[event] as number) - 1]?.name ?? null);
  }

  /** Seconds since the epoch; null when it is not known any more. */
  timeOf(event: number): number | null {
    return event === 0 ? null : (this.#columns.times[event] as number);
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
    const known = this.#tools[this.#indexOf(tool) - 1];
    if (known === undefined) return false;
    const { names } = this.#columns;
    names[known.at + 1] = (names[known.at + 1] as number) | bit;
    return true;
  }

  #has(tool: string, bit: number): boolean {
    const known = this.#tools.find(({ name }) => name === tool);
    return known !== undefined && ((this.#columns.names[known.at + 1] as number) & bit) !== 0;
  }

  /** From 1 on; 0 when there is no room for the name. */
  #indexOf(tool: string): number {
    const index = this.#tools.findIndex(({ name }) => name === tool);
    if (index >= 0) return index + 1;
    const { names } = this.#columns;
    const bytes = Buffer.from(tool);
    const fits = bytes.length > 0 && bytes.length < 256 && this.#end + 2 + bytes.length <= names.length;
    if (!fits || this.#tools.length >= mostTools) return 0;
    names[this.#end] = bytes.length;
    names[this.#end + 1] = 0;
    names.set(bytes, this.#end + 2);
    this.#tools.push({ name: tool, at: this.#end });
    this.#end += 2 + bytes.length;
    return this.#tools.length;
  }

  #readTools(): void {
    const { names } = this.#columns;
    while (this.#end + 2 < names.length && names[this.#end] !== 0 && this.#tools.length < mostTools) {
      const next = this.#end + 2 + (names[this.#end] as number);
      if (next > names.length) return;
      this.#tools.push({ name: Buffer.from(names.subarray(this.#end + 2, next)).toString(), at: this.#end });
      this.#end = next;
    }
  }
}
