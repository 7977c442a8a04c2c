const [COLON, SLASH] = [0x3a, 0x2f];

/**
 * Whether a URL may begin between these offsets of a text without escapes: a scheme and `://`, or the end of a scheme with which
 * `https:x` means a host as well (see `gather/urls.ts`), before a colon. False means that none does.
 */
export function mayHoldUrl(bytes: Buffer, from: number, to: number): boolean {
  for (let at = nextColon(bytes, from, to); at < to; at = nextColon(bytes, at + 1, to))
    if ((bytes[at + 1] === SLASH && bytes[at + 2] === SLASH) || endsSpecial(bytes, at, from)) return true;
  return false;
}

/** A native search is faster beyond so many bytes. */
const NEAR = 48;

/** `to` or an offset beyond it where there is none. */
function nextColon(bytes: Buffer, from: number, to: number): number {
  const near = Math.min(to, from + NEAR);
  let at = from;
  while (at < near && bytes[at] !== COLON) at++;
  if (at < near || near === to) return at;
  const found = bytes.indexOf(COLON, near);
  return found === -1 ? to : found;
}

/** The last two letters of http, https, ws, wss and ftp, in small letters. */
const ends: ReadonlySet<number> = new Set(["tp", "ps", "ws", "ss"].map((end) => Buffer.from(end).readUInt16BE()));

function endsSpecial(bytes: Buffer, colon: number, from: number): boolean {
  if (colon < from + 2) return false;
  return ends.has((((bytes[colon - 2] as number) | 0x20) << 8) | ((bytes[colon - 1] as number) | 0x20));
}
