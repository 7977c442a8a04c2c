import type { DetectorKind } from "../domain/result.ts";
export interface Found { readonly kind: DetectorKind; readonly start: number; readonly end: number }
export function detect(text: string, kinds?: ReadonlySet<DetectorKind>): Found[] {
  const found: Found[] = [];
  if (kinds?.has("email") ?? true) for (const match of text.matchAll(/[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/g)) found.push({ kind: "email", start: match.index, end: match.index + match[0].length });
  return found;
}
