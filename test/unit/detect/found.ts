import type { Span } from "../../../gateway/detect/kinds.ts";

/** The parts of a text that a detector found. */
export function parts(text: string, spans: readonly Span[]): string[] {
  return spans.map(({ start, end }) => text.slice(start, end));
}
