/** What readers take for UTF-8, or for a part of it. */
const readAlike: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii", "ascii"]);

const isOther = (name: string): boolean => !readAlike.has(name.toLowerCase());

/** A media type with one charset, as RFC 9110 §8.3 spells it, and with nothing in which another one could stand. */
const oneCharset = /^[^"']*;\s*charset\s*=\s*("?)([\w-]+)\1\s*(?:;[^"']*)?$/i;

/** Whether all readers take text of this type for UTF-8: of two charsets, or of one in a spelling of its own, they follow different ones. */
export function isReadAsUtf8(contentType: string): boolean {
  const said = contentType.match(/charset/gi)?.length ?? 0;
  if (said === 0) return true;
  const charset = oneCharset.exec(contentType)?.[2];
  return said === 1 && charset !== undefined && !isOther(charset);
}

const ofXml = /^[\s\ufeff]*<\?xml\b[^>]*?\bencoding\s*=\s*["']?\s*([\w.-]+)/i;
const ofHtml = /\bcharset\s*=\s*["']?\s*([\w.-]+)/gi;

/** How much of a text readers of HTML search: browsers somewhat more than 1,024 bytes, Beautiful Soup a twentieth of it. */
const mostSearched = 2_048;
const partSearched = 1 / 20;

/**
 * An encoding other than UTF-8 that a text names itself, as XML and HTML do: readers of such texts follow it. Where a tag ends, readers of
 * HTML do not agree, so each one behind the first `<meta` counts. Null: there is none.
 */
export function otherEncodingIn(text: string): string | null {
  const xml = ofXml.exec(text)?.[1];
  if (xml !== undefined && isOther(xml)) return xml;
  const searched = text.slice(0, Math.max(mostSearched, text.length * partSearched));
  const meta = searched.search(/<meta\b/i);
  if (meta < 0) return null;
  for (const [, name = ""] of searched.slice(meta).matchAll(ofHtml)) if (isOther(name)) return name;
  return null;
}
