import type { Clock, Logger, Printed, PrintedLine } from "../../domain/ports.ts";

/** Lines in a second that one policy may write to the log. */
const MOST_LINES = 100;
const SECOND_MS = 1_000;

interface PrintsDeps {
  readonly clock: Pick<Clock, "monotonic">;
  readonly logger: Logger;
}

/** What was printed as lines for people. */
export function printedLines({ lines, left }: Printed): string[] {
  return [...lines.map(lineText), ...(left > 0 ? [`… and ${left} more`] : [])];
}

function lineText({ at, text }: PrintedLine): string {
  return at === null ? text : `${at}: ${text}`;
}

/** What is wrong with an answer, followed by what was printed on the way to it; null when nothing is wrong. */
export function withPrinted(wrong: string | null, printed: Printed | null): string | null {
  if (wrong === null || printed === null) return wrong;
  return [wrong, ...printedLines(printed).map((line) => `  printed ${line}`)].join("\n");
}

/** Writes what one policy prints to the log. A caller can cause many lines, so those beyond a rate are counted instead. */
export class PolicyPrints {
  readonly #revision: string;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #logger: Logger;
  #began = Number.NEGATIVE_INFINITY;
  #written = 0;
  #left = 0;

  constructor(revision: string, { clock, logger }: PrintsDeps) {
    this.#revision = revision;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** `decisionId`: null where the evaluation is no decision with a record. */
  note(entrypoint: string, { lines, left }: Printed, decisionId: string | null): void {
    this.#beginSecond();
    const about = { entrypoint, ...(decisionId === null ? {} : { decision_id: decisionId }), revision: this.#revision };
    for (const { at, text } of lines)
      if (this.#mayWrite(1)) this.#logger.info("print", { ...(at === null ? {} : { at }), text, ...about });
    if (left > 0 && this.#mayWrite(left))
      this.#logger.warn("an evaluation printed more than is logged of one", { left_out: left, ...about });
  }

  #beginSecond(): void {
    const now = this.#clock.monotonic();
    if (now - this.#began < SECOND_MS) return;
    if (this.#left > 0)
      this.#logger.warn("lines that the policy printed were left out", {
        left_out: this.#left,
        revision: this.#revision,
      });
    this.#began = now;
    this.#written = 0;
    this.#left = 0;
  }

  /** The first line that is left out is told at once, since it is unknown when the next one is printed. */
  #mayWrite(lines: number): boolean {
    this.#written += 1;
    if (this.#written <= MOST_LINES) return true;
    if (this.#left === 0)
      this.#logger.warn(`the policy prints more than ${MOST_LINES} lines a second: the others are left out`, {
        revision: this.#revision,
      });
    this.#left += lines;
    return false;
  }
}
