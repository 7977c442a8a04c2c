import type { DetectorKind } from "../domain/result.ts";

/** Part of a text, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Found extends Span {
  readonly kind: DetectorKind;
}
