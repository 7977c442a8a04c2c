import { Refusal } from "../../domain/errors.ts";

export interface CanonicalPath {
  /** What is judged, bound, logged and sent: a pure function of `segments`. */
  readonly path: string;
  /** Decoded once; "/" has none, a trailing slash leaves an empty last one. */
  readonly segments: readonly string[];
}

// RFC 3986 §3.3 pchar without ";" (path parameters) and "+" (a space to some readers, so it is sent as %2B).
const plainPath = /^\/[A-Za-z0-9\-._~!$&'()*,=:@/]*$/;
const pathCharacters = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@/%]*$/;

/**
 * Canonicalizes a path. A path that could be read in two ways is refused, never repaired; needless escapes (`%41`,
 * `%7e`) are spelled plainly, since every reader decodes those alike (RFC 3986 §6.2.2.2).
 * @throws Refusal path_ambiguous
 */
export function canonicalPath(raw: string): CanonicalPath {
  if (!pathCharacters.test(raw)) refuse(raw.startsWith("/") ? "a character that must be escaped" : "no leading slash");
  const parts = raw.length === 1 ? [] : raw.slice(1).split("/");
  parts.forEach((part, index) => {
    if (part === "" && index < parts.length - 1) refuse("an empty segment");
    if (part === "." || part === "..") refuse("a dot segment");
  });
  if (plainPath.test(raw)) return { path: raw, segments: parts };
  const segments = parts.map(decodeSegment);
  return { path: pathOf(segments), segments };
}

/** The canonical spelling of decoded segments. */
export function pathOf(segments: readonly string[]): string {
  return `/${segments.map(encodeSegment).join("/")}`;
}

function decodeSegment(part: string): string {
  const text = percentDecode(part);
  if (text === null) refuse("an invalid escape");
  if (/[/\\;]/.test(text)) refuse("an escaped separator");
  if (/%[0-9A-Fa-f]{2}/.test(text)) refuse("a double escape");
  if (controlCharacter.test(text)) refuse("a control character");
  // Compatibility forms (U+FF0F, U+2024 …) become separators or dots in readers that normalise.
  const folded = text.normalize("NFKC");
  if (folded === "." || folded === ".." || (folded !== text && /[/\\;%]/.test(folded)))
    refuse("a dot segment or separator in disguise");
  return text;
}

// Segments that need no encoding, which is most of them: the characters that encodeURIComponent keeps, and those that
// are decoded again after it.
const plainSegment = /^[A-Za-z0-9\-._~!'()*$&,=:@]*$/;

function encodeSegment(text: string): string {
  if (plainSegment.test(text)) return text;
  return encodeURIComponent(text).replace(/%(24|26|2C|3D|3A|40)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function refuse(what: string): never {
  throw new Refusal("path_ambiguous", { hint: what });
}

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Percent-decodes once (RFC 3986 §2.1). Null when an escape is incomplete or the bytes are not UTF-8. */
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
