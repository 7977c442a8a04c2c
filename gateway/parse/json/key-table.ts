import { foldKey } from "../../lib/look-alike.ts";

/**
 * Finds a key that an object has twice, either exactly or for readers that ignore case. One open-addressing table
 * serves a whole document, keyed by (object, key), so the cost per key is constant whatever the shape of the document.
 */

// The hash starts from a value that no caller knows, so colliding keys cannot be prepared in advance.
export const hashSeed = (Math.random() * 0x7fffffff) | 0;
export const hashStep = 0x01000193;

/** A byte of a plain key as the hash takes it: keys that differ in case alone get one hash. */
export const foldedByte = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte,
);

/** What is known of a new key. `alike`: the object has a key that differs in case or compatibility forms alone. */
export type Found = "new" | "same" | "alike";

/** Numbers per entry: hash, owner, start, end. */
const STRIDE = 4;

export class KeyTable {
  private slots = new Int32Array(64);
  private mask = 63;
  private used = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private entries = new Int32Array(256);
  /** Texts of keys with escapes or beyond ASCII; the others are plain bytes. */
  private readonly escaped = new Map<number, string>();

  /** Begins a document. A key takes at least five bytes (`"":1,`), so the table stays at most half full. */
  reset(bytes: Buffer, maxKeys: number): void {
    let size = 64;
    while (size * 2 < bytes.length && size < maxKeys * 2) size *= 2;
    if (this.slots.length < size) this.slots = new Int32Array(size);
    else this.slots.fill(0, 0, size);
    this.mask = size - 1;
    this.bytes = bytes;
    this.used = 0;
    if (this.escaped.size > 0) this.escaped.clear();
  }

  /** `start` and `end` bound the key without its quotes; `hash` is that of its folded text, `text` null when it is plain. */
  add(owner: number, hash: number, start: number, end: number, text: string | null): Found {
    const { slots, mask, entries } = this;
    let slot = slotOf(hash, owner) & mask;
    for (;;) {
      const entry = slots[slot] as number;
      if (entry === 0) break;
      if (entries[entry] === hash && entries[entry + 1] === owner) {
        const found = this.compare(entry, start, end, text);
        if (found !== "new") return found;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = this.append(owner, hash, start, end, text);
    return "new";
  }

  private append(owner: number, hash: number, start: number, end: number, text: string | null): number {
    const entry = (this.used += STRIDE);
    if (entry + STRIDE > this.entries.length) this.grow();
    const { entries } = this;
    entries[entry] = hash;
    entries[entry + 1] = owner;
    entries[entry + 2] = start;
    entries[entry + 3] = end;
    if (text !== null) this.escaped.set(entry, text);
    return entry;
  }

  /** Runs only for keys with equal hashes, which is rare, so it need not be fast. */
  private compare(entry: number, start: number, end: number, text: string | null): Found {
    const from = this.entries[entry + 2] as number;
    const to = this.entries[entry + 3] as number;
    const mine = text ?? this.bytes.toString("latin1", start, end);
    const other = this.escaped.get(entry) ?? this.bytes.toString("latin1", from, to);
    if (mine === other) return "same";
    return foldKey(mine) === foldKey(other) ? "alike" : "new";
  }

  private grow(): void {
    const larger = new Int32Array(this.entries.length * 2);
    larger.set(this.entries);
    this.entries = larger;
  }
}

/** Spreads keys that differ in few bits over the whole table (MurmurHash3's finalizer), so that probe sequences stay short. */
function slotOf(hash: number, owner: number): number {
  let mixed = hash ^ Math.imul(owner, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** The hash that the key's UTF-8 bytes have when they are written plainly. */
export function hashOf(text: string): number {
  let hash = hashSeed;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return hashOfBytes(Buffer.from(text));
    hash = Math.imul(hash ^ unit, hashStep);
  }
  return hash;
}

function hashOfBytes(bytes: Buffer): number {
  let hash = hashSeed;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, hashStep);
  return hash;
}
