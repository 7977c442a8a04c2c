import { detectionsIn, type FindKinds } from "../../domain/detections.ts";
import type { ResultFact } from "../../domain/result.ts";
import type { JsonValue } from "../../lib/json.ts";
import type { Judged } from "./answer-judge.ts";

/**
 * One answer as policy sees it. What detectors find is looked for at the first access; the getter is on the prototype, and enumerable, for
 * the reasons that `InputContext` has.
 */
export class AnswerFact implements ResultFact {
  readonly part: ResultFact["part"];
  readonly status: number;
  readonly content_types: readonly string[];
  readonly bytes: number;
  readonly is_error: boolean;
  readonly content: JsonValue;
  readonly content_omitted: boolean;
  readonly #whole: JsonValue;
  readonly #find: FindKinds;
  #detected: ResultFact["detected"] | null = null;

  /** @param isShown whether policy sees the content itself; detectors look at it either way */
  constructor({ part, status, content_types, bytes, is_error, content }: Judged, isShown: boolean, find: FindKinds) {
    this.part = part;
    this.status = status;
    this.content_types = content_types;
    this.bytes = bytes;
    this.is_error = is_error;
    this.content = isShown ? content : null;
    this.content_omitted = !isShown;
    this.#whole = content;
    this.#find = find;
  }

  get detected(): ResultFact["detected"] {
    return (this.#detected ??= detectionsIn(this.#whole, this.#find));
  }

  toJSON(): ResultFact {
    const { part, status, content_types, bytes, is_error, content, content_omitted, detected } = this;
    return { part, status, content_types, bytes, is_error, content, content_omitted, detected };
  }
}

Object.defineProperty(AnswerFact.prototype, "detected", { enumerable: true });
