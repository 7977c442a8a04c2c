const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Percent-decodes once (RFC 3986 §2.1). Null when an escape is incomplete or the bytes are not UTF-8.
 */
export function percentDecode(text: string): string | null {
  if (!text.includes("%")) return text;
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return null;
  const bytes = Buffer.alloc(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const escaped = text[at] === "%";
    bytes[length++] = escaped ? Number.parseInt(text.slice(at + 1, at + 3), 16) : text.charCodeAt(at);
    if (escaped) at += 2;
  }
  try {
    return fatal.decode(bytes.subarray(0, length));
  } catch {
    return null;
  }
}

/** C0, DEL and C1: nothing that belongs in a path, a parameter or a header. */
export const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/u;
