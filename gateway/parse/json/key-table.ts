/**
 * Finds a key that an object names twice. One open-addressing table serves a whole document, keyed by
 * (object, key), so the cost per key is constant whatever the shape of the document.
 */

// The hash starts from a value that no caller knows, so colliding keys cannot be prepared in advance.
export const hashSeed = (Math.random() * 0x7fffffff) | 0;
export const hashStep = 0x01000193;

/** Numbers per entry: hash, owner, start, end. */
const STRIDE = 4;

export class KeyTable {
  private slots = new Int32Array(64);
  private mask = 63;
  private used = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private entries = new Int32Array(256);
  /** Texts of keys that were written with escapes; the others are compared as bytes. */
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

  /** `start` and `end` bound the key without its quotes. False when `owner` has this key already. */
  add(owner: number, hash: number, start: number, end: number, text: string | null): boolean {
    const { slots, mask, entries } = this;
    let slot = slotOf(hash, owner) & mask;
    for (;;) {
      const entry = slots[slot] as number;
      if (entry === 0) break;
      if (entries[entry] === hash && entries[entry + 1] === owner && this.same(entry, start, end, text)) return false;
      slot = (slot + 1) & mask;
    }
    slots[slot] = this.append(owner, hash, start, end, text);
    return true;
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

  private same(entry: number, start: number, end: number, text: string | null): boolean {
    const from = this.entries[entry + 2] as number;
    const to = this.entries[entry + 3] as number;
    const other = this.escaped.size === 0 ? undefined : this.escaped.get(entry);
    if (text === null && other === undefined) {
      return to - from === end - start && this.bytes.compare(this.bytes, start, end, from, to) === 0;
    }
    return (text ?? this.bytes.toString("utf8", start, end)) === (other ?? this.bytes.toString("utf8", from, to));
  }

  private grow(): void {
    const larger = new Int32Array(this.entries.length * 2);
    larger.set(this.entries);
    this.entries = larger;
  }
}

/** Spreads keys that differ in few bits over the whole table (MurmurHash3's finalizer), or probing would crawl. */
function slotOf(hash: number, owner: number): number {
  let mixed = hash ^ Math.imul(owner, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
