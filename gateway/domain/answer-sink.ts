/** Status and headers of a tool server's answer. */
export interface AnswerHead {
  readonly status: number;
  /** Content-Type in lower case, empty when absent. */
  readonly type: string;
  readonly isEventStream: boolean;
  /** All values of a header in one line, its name given in lower case; null when absent. */
  header(name: string): string | null;
  /** The gateway's own headers and what may be passed on, without those in `drop`, as a flat list for `writeHead`. */
  passedOn(own: readonly string[], drop?: ReadonlySet<string>): string[];
}

/** Where a tool server's answer goes, piece by piece. */
export interface AnswerSink {
  /** Called once, first. May throw a Refusal: the upstream request is then aborted. */
  head(head: AnswerHead): void;
  /** Whether even an event stream has to end, within the limits of any answer, because nothing of it passes before; asked after `head`. */
  readonly isBounded?: boolean;
  /** False when the caller cannot take more now; `onDrain` then tells when it can. */
  data(chunk: Buffer): boolean;
  onDrain(resume: () => void): void;
  /** The answer is complete. */
  end(): void;
}
