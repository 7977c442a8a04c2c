/**
 * What a key, or a name, is to readers that match without case or after Unicode folding: NFKC and full case folding; upper
 * case first, so that ſ, K and ı fall together with s, k and i.
 */
export function foldKey(key: string): string {
  if (/^[\x20-\x7e]*$/.test(key)) return key.toLowerCase();
  return key.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}
