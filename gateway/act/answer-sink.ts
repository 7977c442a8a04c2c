import type { AnswerHead } from "./answer-head.ts";

/** Where an upstream's answer goes, piece by piece. */
export interface AnswerSink {
  /** Called once, first. May throw a Refusal: the upstream request is then aborted. */
  head(head: AnswerHead): void;
  /** Whether even an event stream has to end, within the limits of any answer, because nothing of it passes before; asked after `head`. */
  readonly isBounded?: boolean;
  /** False when the caller cannot take more now; `onDrain` then tells when it can. */
  data(chunk: Buffer): boolean;
  onDrain(resume: () => void): void;
  /** The upstream's answer is complete. */
  end(): void;
}

/** What became of one upstream request. `started`: bytes may have left, so the call may have been executed. */
export interface Sent {
  readonly status: number | null;
  readonly forwardedDigest: string;
  readonly responseDigest: string | null;
  readonly responseBytes: number;
  readonly started: boolean;
  /** Whether the caller had left by then. */
  readonly gone: boolean;
  readonly error: Error | null;
}
