import { hash } from "node:crypto";

/** What keyed digests are made with. */
export interface DigestKey {
  readonly seedA: number;
  readonly seedB: number;
  /** Odd. */
  readonly stepA: number;
  readonly stepB: number;
  /** Tells whether a memory was written with this key. Says nothing of the key. */
  readonly check: number;
}

/** @param secret at least 16 bytes that nobody else knows */
export function digestKey(secret: Uint8Array): DigestKey {
  if (secret.length < 16) throw new Error(`a digest key of ${secret.length} bytes; it needs 16`);
  const bytes = hash("sha256", secret, "buffer");
  return {
    seedA: bytes.readInt32LE(0),
    seedB: bytes.readInt32LE(4),
    stepA: bytes.readInt32LE(8) | 1,
    stepB: bytes.readInt32LE(12) | 1,
    check: hash("sha256", bytes, "buffer").readUInt32LE(0),
  };
}

/** What a digest stands for: equal texts of two kinds have different digests. */
export const digestOf = { word: 1, value: 2, number: 3, address: 4, host: 5, code: 6, call: 7 } as const;

export type DigestOf = (typeof digestOf)[keyof typeof digestOf];

/**
 * Keyed 64-bit digests: two multiplications for each UTF-16 unit, with secret seeds and multipliers, mixed at the end. Who does
 * not know the key cannot say which text a digest stands for, and cannot write a text whose digest is that of another one but
 * by chance (1 in 2^64 for each pair). It is no MAC: who sees digests of texts of his choice may be able to work out the key.
 * So digests leave the process for the gateway's own store only.
 */
export class Digester {
  /** Of what was digested last. */
  hi = 0;
  lo = 0;
  readonly #key: DigestKey;

  constructor(key: DigestKey) {
    this.#key = key;
  }

  get key(): DigestKey {
    return this.#key;
  }

  /** Part of a text; ASCII letters in either case are the same. */
  text(of: DigestOf, text: string, start = 0, end = text.length): void {
    const { seedA, seedB, stepA, stepB } = this.#key;
    let a = seedA ^ of;
    let b = seedB + of;
    for (let at = start; at < end; at += 1) {
      const unit = lowerUnit(text.charCodeAt(at));
      a = Math.imul(a ^ unit, stepA);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, stepB);
      b ^= b >>> 13;
    }
    this.#finish(a, b, end - start);
  }

  /** The ASCII letters and digits of a part of a text, whatever stands between them. */
  code(text: string, start: number, end: number): void {
    const { seedA, seedB, stepA, stepB } = this.#key;
    let a = seedA ^ digestOf.code;
    let b = seedB + digestOf.code;
    let length = 0;
    for (let at = start; at < end; at += 1) {
      const unit = lowerUnit(text.charCodeAt(at));
      if (!isAlphanumeric(unit)) continue;
      length += 1;
      a = Math.imul(a ^ unit, stepA);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, stepB);
      b ^= b >>> 13;
    }
    this.#finish(a, b, length);
  }

  /** A sequence of words by their digests. */
  words(hi: Uint32Array, lo: Uint32Array, from: number, to: number): void {
    const { seedA, seedB, stepA, stepB } = this.#key;
    let a = seedA ^ digestOf.value;
    let b = seedB + digestOf.value;
    for (let at = from; at < to; at += 1) {
      a = Math.imul(a ^ (lo[at] as number), stepA);
      a ^= a >>> 15;
      b = Math.imul(b ^ (hi[at] as number), stepB);
      b ^= b >>> 13;
    }
    this.#finish(a, b, to - from);
  }

  #finish(a: number, b: number, length: number): void {
    const lo = mixedBits(a ^ Math.imul(b, 0x9e3779b1) ^ length);
    this.lo = lo >>> 0;
    this.hi = mixedBits((b + lo) | 0) >>> 0;
  }
}

/**
 * The finaliser of MurmurHash3: each bit of what goes in changes about half of what comes out. A signed number, which a caller gets
 * without an object made for it.
 */
export function mixedBits(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** 53 of the 64 bits, as a key of a Set or Map. */
export function setKey(hi: number, lo: number): number {
  return hi * 0x20_0000 + (lo >>> 11);
}

function lowerUnit(unit: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit;
}

function isAlphanumeric(lower: number): boolean {
  return (lower >= 0x61 && lower <= 0x7a) || (lower >= 0x30 && lower <= 0x39);
}
