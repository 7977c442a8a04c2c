/** Bytes of the memory of one session as it is in the store. */
export const storedBytes = 16_384;

/** Changed with every change of the stored layout: a memory of another one is not read. */
export const layoutVersion = 0x5350_0003;

/** Numbers of the header; `identified` has one bit for each event. */
export const header = { version: 0, keyCheck: 1, flags: 2, event: 3, identified: 4 } as const;

/** Lengths of the parts that a session's memory has in the store and in a process. */
export const lengths = {
  header: 16,
  events: 128,
  untrusted: 960,
  said: 1_024,
  copied: 768,
  own: 256,
} as const;

/** Places of the stored table of digests, of which `mostGranted` are taken at most: a search in a full one would not end. */
const storedPlaces = 736;
export const mostGranted = Math.floor(storedPlaces * 0.85);

/** The parts of the one block of bytes that a session's memory is in the store. */
export interface Layout {
  readonly bytes: Uint8Array;
  readonly header: Uint32Array;
  /** When each call of the session was, in seconds since the epoch. */
  readonly eventTimes: Uint32Array;
  /** What each call asked for, see `Things`. */
  readonly eventThings: Uint32Array;
  /** In open addressing with linear probing (Knuth, TAOCP vol. 3, §6.4). */
  readonly grantedHi: Uint32Array;
  readonly grantedLo: Uint32Array;
  readonly grantedMeta: Uint16Array;
  readonly untrusted: Uint16Array;
  readonly said: Uint16Array;
  readonly copied: Uint16Array;
  readonly own: Uint16Array;
  readonly untrustedEvents: Uint8Array;
  readonly eventTools: Uint8Array;
  /** Of each tool: length, what became of calls of it, its name in UTF-8. */
  readonly tools: Uint8Array;
}

/** Bytes of the names of tools: what the rest leaves. */
export const namesBytes = 832;

export function layout(bytes: Uint8Array = new Uint8Array(storedBytes)): Layout {
  const { buffer } = bytes;
  let at = bytes.byteOffset;
  const wide = (length: number) => new Uint32Array(buffer, (at += 4 * length) - 4 * length, length);
  const half = (length: number) => new Uint16Array(buffer, (at += 2 * length) - 2 * length, length);
  const byte = (length: number) => new Uint8Array(buffer, (at += length) - length, length);
  return {
    bytes,
    header: wide(lengths.header),
    eventTimes: wide(lengths.events),
    eventThings: wide(lengths.events),
    grantedHi: wide(storedPlaces),
    grantedLo: wide(storedPlaces),
    grantedMeta: half(storedPlaces),
    untrusted: half(lengths.untrusted),
    said: half(lengths.said),
    copied: half(lengths.copied),
    own: half(lengths.own),
    untrustedEvents: byte(lengths.untrusted),
    eventTools: byte(lengths.events),
    tools: byte(namesBytes),
  };
}
