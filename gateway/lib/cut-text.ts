/** A text of bounded length; `truncated` says that its end was cut off. */
export interface CutText {
  readonly text: string;
  readonly truncated: boolean;
}

/** The first `most` UTF-16 units of a text, without half a surrogate pair at the end. */
export function cutToLength(text: string, most: number): CutText {
  if (text.length <= most) return { text, truncated: false };
  const pairIsSplit = (text.codePointAt(most - 1) ?? 0) > 0xffff;
  return { text: text.slice(0, pairIsSplit ? most - 1 : most), truncated: true };
}

/** The first `most` bytes of a text in UTF-8, without part of a character at the end. */
export function cutToBytes(text: string, most: number): CutText {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return { text, truncated: false };
  let end = most;
  while (isContinuation(bytes[end])) end -= 1;
  return { text: bytes.toString("utf8", 0, end), truncated: true };
}

/** RFC 3629 §3: a byte that begins no character. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
