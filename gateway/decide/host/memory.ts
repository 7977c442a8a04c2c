import { afterGrowth, growthStepBytes } from "../../lib/bytes-in-turns.ts";

const PAGE = 65_536;

/**
 * A Rego value takes about 14 times its JSON text where OPA's runtime has read it; memory is reserved in one step because growing
 * page by page is slow.
 */
export const valueFactor = 16;

export interface MemoryPlan {
  readonly initial: number;
  readonly maximum: number;
}

/** Pages for a module that declares `minimum`, the values of its data, and an ordinary input. */
export function planMemory(minimum: number, dataBytes: number, inputBytes: number, headroomBytes: number): MemoryPlan {
  const initial = minimum + pages(dataBytes) + pages(Math.min(inputBytes, 64 * 1024) * valueFactor) + 4;
  return { initial, maximum: Math.min(65_536, initial + pages(headroomBytes)) };
}

export function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE);
}

/** Memory as the plan says, which gets larger in steps. */
export async function memoryInSteps(plan: MemoryPlan): Promise<TextMemory> {
  const step = pages(growthStepBytes);
  const memory = new TextMemory({ ...plan, initial: Math.min(plan.initial, step) });
  while (memory.pages < plan.initial) {
    await afterGrowth(growthStepBytes);
    memory.memory.grow(Math.min(step, plan.initial - memory.pages));
  }
  return memory;
}

/** Reads and writes text in a module's linear memory without intermediate copies. */
export class TextMemory {
  readonly memory: WebAssembly.Memory;
  #bytes: Buffer;

  constructor(plan: MemoryPlan) {
    this.memory = new WebAssembly.Memory({ initial: plan.initial, maximum: plan.maximum });
    this.#bytes = Buffer.from(this.memory.buffer);
  }

  /** The whole memory; a new object after each growth. */
  get bytes(): Buffer {
    const buffer = this.memory.buffer;
    if (this.#bytes.buffer !== buffer) this.#bytes = Buffer.from(buffer);
    return this.#bytes;
  }

  get size(): number {
    return this.memory.buffer.byteLength;
  }

  get pages(): number {
    return this.size / PAGE;
  }

  /** Writes UTF-8 at `address` and gives its length in bytes; grows when the text might not fit. @throws RangeError at the maximum */
  write(text: string, address: number): number {
    this.#reserve(address + text.length * 3);
    return this.bytes.write(text, address, "utf8");
  }

  /** As `write`, for UTF-8 bytes. @throws RangeError at the maximum */
  put(text: Uint8Array, address: number): number {
    this.#reserve(address + text.length);
    this.bytes.set(text, address);
    return text.length;
  }

  place(text: string | Uint8Array, address: number): number {
    return typeof text === "string" ? this.write(text, address) : this.put(text, address);
  }

  #reserve(end: number): void {
    if (end > this.size) this.memory.grow(pages(end - this.size));
  }

  /** Length of the NUL-terminated text at `address`. */
  textEnd(address: number): number {
    const end = this.bytes.indexOf(0, address);
    if (end < 0) throw new RangeError("text in policy memory has no end");
    return end;
  }

  read(address: number): string {
    return this.bytes.toString("utf8", address, this.textEnd(address));
  }
}
