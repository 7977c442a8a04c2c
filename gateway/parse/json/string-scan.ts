import { firstControl, wordsOf } from "./control-characters.ts";
import { refuseJson } from "./refuse-json.ts";
import { mayHoldUrl } from "./url-begins.ts";

/** Kinds of bytes in a string: where a run of plain bytes ends (quote, backslash, control character), and a colon. */
export const byteKinds = { endsRun: 1, colon: 2 } as const;
export const kindOfByte = new Uint8Array(256);
kindOfByte.fill(byteKinds.endsRun, 0, 0x20);
kindOfByte[0x22] = byteKinds.endsRun;
kindOfByte[0x5c] = byteKinds.endsRun;
kindOfByte[0x3a] = byteKinds.colon;

/**
 * After this many plain bytes a native search is faster than the loop; for short strings the call would cost more than
 * it saves.
 */
const LONG_RUN = 48;

/** 1 for what may follow a backslash by itself. */
const escapable = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) escapable[byte] = 1;

const NO_DIGIT = 0xff;
const hexDigits = new Uint8Array(256).fill(NO_DIGIT);
for (const byte of Buffer.from("0123456789abcdefABCDEF"))
  hexDigits[byte] = Number.parseInt(String.fromCharCode(byte), 16);

/** Walks over the strings of one document. */
export class StringScan {
  private readonly bytes: Buffer;
  private readonly maxBytes: number;
  // The next quote, backslash and colon known; kept so that the whole document is searched once, however many runs it has.
  private quote = -1;
  private escape = -1;
  private colon = -1;
  private words: Int32Array | null = null;
  /** Whether any string had an escape. */
  escaped = false;
  /** Whether any string may hold a URL, as far as none is escaped. */
  mayHoldUrl = false;

  constructor(bytes: Buffer, maxBytes: number) {
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }

  /** `at` is the opening quote. @returns the offset after the closing quote */
  end(at: number): number {
    const { bytes } = this;
    const length = bytes.length;
    let next = at + 1;
    let kinds = 0;
    for (;;) {
      const far = Math.min(length, next + LONG_RUN);
      for (; next < far; next++) {
        const kind = kindOfByte[bytes[next] as number] as number;
        if (kind === byteKinds.endsRun) break;
        kinds |= kind;
      }
      if (next === far && far < length) {
        next = this.longRunEnd(next);
        if (this.colon < next) kinds = byteKinds.colon;
      }
      if (next >= length) refuseJson("json_invalid", bytes, length, "a string does not end");
      if (bytes[next] === 0x22) break;
      if (bytes[next] !== 0x5c) refuseJson("json_invalid", bytes, next, "a raw control character in a string");
      this.escaped = true;
      next = escapable[bytes[next + 1] as number] === 1 ? next + 2 : escapeEnd(bytes, next);
    }
    if (next - at - 1 > this.maxBytes)
      refuseJson("body_too_large", bytes, at, `a string longer than ${this.maxBytes} bytes`);
    if (kinds !== 0) this.noteUrl(at + 1, next);
    return next + 1;
  }

  /** Of a string with a colon. */
  noteUrl(from: number, to: number): void {
    if (!this.mayHoldUrl && !this.escaped) this.mayHoldUrl = mayHoldUrl(this.bytes, from, to);
  }

  private longRunEnd(at: number): number {
    if (this.quote < at) this.quote = this.find(0x22, at);
    if (this.escape < at) this.escape = this.find(0x5c, at);
    if (this.colon < at) this.colon = this.find(0x3a, at);
    return firstControl(this.bytes, (this.words ??= wordsOf(this.bytes)), at, Math.min(this.quote, this.escape));
  }

  private find(byte: number, at: number): number {
    const found = this.bytes.indexOf(byte, at);
    return found === -1 ? this.bytes.length : found;
  }
}

/** `at` is the backslash before `u`, or before something unknown. @returns the offset after the escape; a surrogate pair counts as one */
function escapeEnd(bytes: Buffer, at: number): number {
  if (bytes[at + 1] !== 0x75) refuseJson("json_invalid", bytes, at, "an unknown escape");
  const unit = hexUnit(bytes, at + 2);
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  const paired = unit < 0xdc00 && bytes[at + 6] === 0x5c && bytes[at + 7] === 0x75;
  const low = paired ? hexUnit(bytes, at + 8) : 0;
  if (low < 0xdc00 || low > 0xdfff) refuseJson("json_text_refused", bytes, at, "half of a surrogate pair");
  return at + 12;
}

function hexUnit(bytes: Buffer, at: number): number {
  let unit = 0;
  for (let index = at; index < at + 4; index++) {
    const digit = hexDigits[bytes[index] ?? 0] as number;
    if (digit === NO_DIGIT) refuseJson("json_invalid", bytes, index, "an escape without four hex digits");
    unit = (unit << 4) | digit;
  }
  return unit;
}
