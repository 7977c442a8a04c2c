import type { ServerResponse } from "node:http";
import { Refusal } from "../domain/errors.ts";
import type { AnswerHead } from "./answer-head.ts";
import type { AnswerSink } from "./answer-sink.ts";

/**
 * Passes an answer on into an event stream that is already open (a caller that was kept waiting with progress).
 * An event stream from the upstream goes through as it is; a JSON answer becomes one event.
 */
export class EventSink implements AnswerSink {
  readonly #res: ServerResponse;
  #json: Buffer[] | null = null;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  head({ status, type, isEventStream }: AnswerHead): void {
    if (isEventStream) return;
    if (!type.startsWith("application/json")) {
      throw new Refusal("upstream_answer_refused", { detail: `status ${status}, content type ${type}` });
    }
    this.#json = [];
  }

  data(chunk: Buffer): boolean {
    if (this.#json === null) return this.#res.write(chunk);
    this.#json.push(chunk);
    return true;
  }

  onDrain(resume: () => void): void {
    this.#res.once("drain", resume);
  }

  /** Line breaks in JSON text are white space, but would end the event early. */
  end(): void {
    if (this.#json === null) this.#res.end();
    else
      this.#res.end(
        `event: message\ndata: ${Buffer.concat(this.#json)
          .toString()
          .replace(/[\r\n]+/g, " ")}\n\n`,
      );
  }
}
