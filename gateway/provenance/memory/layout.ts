/** Bytes of the memory of one session, in all. */
export const memoryBytes = 16_384;

/** Changed with every change of the layout: a memory of another one is not read. */
export const layoutVersion = 0x5350_0003;

/** Numbers of the header; `identified` has one bit for each event. */
export const header = { version: 0, keyCheck: 1, flags: 2, event: 3, identified: 4 } as const;

/** The parts of the one block of bytes that a session's memory is. It is written to the store, and read back, as it is. */
export interface Layout {
  readonly bytes: Uint8Array;
  readonly header: Uint32Array;
  /** When each call of the session was, in seconds since the epoch. */
  readonly eventTimes: Uint32Array;
  /** What each call asked for, see `Things`. */
  readonly eventThings: Uint32Array;
  readonly grantedHi: Uint32Array;
  readonly grantedLo: Uint32Array;
  readonly grantedMeta: Uint16Array;
  readonly untrusted: Uint16Array;
  readonly said: Uint16Array;
  readonly copied: Uint16Array;
  readonly own: Uint16Array;
  readonly untrustedEvents: Uint8Array;
  readonly eventTools: Uint8Array;
  /** What is left: names of tools. */
  readonly tools: Uint8Array;
}

export function layout(bytes: Uint8Array = new Uint8Array(memoryBytes)): Layout {
  const { buffer } = bytes;
  let at = bytes.byteOffset;
  const wide = (length: number) => new Uint32Array(buffer, (at += 4 * length) - 4 * length, length);
  const half = (length: number) => new Uint16Array(buffer, (at += 2 * length) - 2 * length, length);
  const byte = (length: number) => new Uint8Array(buffer, (at += length) - length, length);
  return {
    bytes,
    header: wide(16),
    eventTimes: wide(128),
    eventThings: wide(128),
    grantedHi: wide(736),
    grantedLo: wide(736),
    grantedMeta: half(736),
    untrusted: half(960),
    said: half(1_024),
    copied: half(768),
    own: half(256),
    untrustedEvents: byte(960),
    eventTools: byte(128),
    tools: byte(memoryBytes - (at - bytes.byteOffset)),
  };
}
