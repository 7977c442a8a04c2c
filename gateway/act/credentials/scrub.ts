import { Refusal } from "../../domain/errors.ts";
import type { AnswerHead, AnswerSink } from "../../domain/upstream-answer.ts";
import { SecretFinder, shortestSecret } from "../../lib/secret-finder.ts";
import { bodyHeaders } from "../results/rewritten-head.ts";

/** In the place of every credential that a tool server sends back. */
export const credentialRemoved = "[credential removed]";

/** An answer up to this size gets its new length; a larger one is passed on in pieces, without one. */
const measuredBytes = 64 * 1024;

/** An answer's head as it came, and how it is made anew with other headers. */
interface ScrubbedHead extends AnswerHead {
  readonly hasBody: boolean;
  /** The same head without the headers in `drop`, and with this length of the body when one is given. */
  withBody(drop: ReadonlySet<string>, length: number | null): AnswerHead;
}

/**
 * Takes credentials out of one answer before anybody else sees it. Of the body only as much waits as may be the beginning of one.
 * It is put before whatever sink the answer has.
 */
export class Scrubbing implements AnswerSink {
  /** Places from which a credential was removed. */
  removed = 0;
  readonly #sink: AnswerSink;
  readonly #finder: SecretFinder;
  /** The secrets as names of headers would hold them: who receives a name makes its letters small (RFC 9110 §5.1). */
  readonly #inNames: readonly string[];
  #rest: Buffer = Buffer.alloc(0);
  /** While a small answer is collected; its head follows when its length is known. */
  #waiting: { readonly head: ScrubbedHead; readonly chunks: Buffer[] } | null = null;

  /** @param secrets lists of texts, each kept by whoever made it */
  constructor(sink: AnswerSink, secrets: readonly (readonly string[])[]) {
    this.#sink = sink;
    this.#finder = new SecretFinder(secrets, credentialRemoved);
    this.#inNames = secrets
      .flat()
      .filter(isLookedFor)
      .map((secret) => secret.toLowerCase());
  }

  /** The raw list of headers without what holds a credential; a header whose name holds one is dropped. */
  headers(raw: readonly Buffer[]): Buffer[] {
    const passed: Buffer[] = [];
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = raw[at] as Buffer;
      const value = this.#cleaned(raw[at + 1] as Buffer);
      if (this.#cleaned(name) === name && !this.#isInName(name)) passed.push(name, value);
    }
    return passed;
  }

  #isInName(name: Buffer): boolean {
    const small = name.toString("latin1").toLowerCase();
    const is = this.#inNames.some((secret) => small.includes(secret));
    if (is) this.removed += 1;
    return is;
  }

  get keepsWhole(): boolean {
    return this.#sink.keepsWhole === true;
  }

  get isBounded(): boolean {
    return this.#sink.isBounded === true;
  }

  /** @throws Refusal result_unreadable for what cannot be looked through */
  head(head: ScrubbedHead): void {
    const encoding = head.header("content-encoding")?.toLowerCase() ?? "identity";
    const length = head.header("content-length");
    if (!head.hasBody) return this.#sink.head(head);
    if (encoding !== "identity") refuse(`content encoding ${encoding.slice(0, 80)}`);
    // Two parts of an answer could hold half of a credential each.
    if (head.status === 206) refuse("a part of an answer");
    if (length === null) return this.#sink.head(head);
    if (head.isEventStream || Number(length) > measuredBytes) return this.#sink.head(head.withBody(lengthAlone, null));
    this.#waiting = { head, chunks: [] };
  }

  data(chunk: Buffer): boolean {
    if (this.#waiting !== null) {
      this.#waiting.chunks.push(chunk);
      return true;
    }
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const { bytes, removed, rest } = this.#finder.cleanStart(all);
    this.removed += removed;
    this.#rest = rest;
    return bytes.length === 0 || this.#sink.data(bytes);
  }

  onDrain(resume: (failure?: Error) => void): void {
    this.#sink.onDrain(resume);
  }

  end(): void | Promise<void> {
    if (this.#waiting !== null) return this.#endWaiting(this.#waiting.head, Buffer.concat(this.#waiting.chunks));
    return this.#endWith(this.#cleaned(this.#rest));
  }

  #endWaiting(head: ScrubbedHead, body: Buffer): void | Promise<void> {
    const passed = this.#cleaned(body);
    this.#sink.head(passed === body ? head : head.withBody(bodyHeaders, passed.length));
    return this.#endWith(passed);
  }

  #endWith(bytes: Buffer): void | Promise<void> {
    // Nothing follows that a full sink would have to wait for, and one whose caller has left never drains.
    if (bytes.length > 0) this.#sink.data(bytes);
    return this.#sink.end();
  }

  #cleaned(bytes: Buffer): Buffer {
    const cleaned = this.#finder.clean(bytes);
    this.removed += cleaned.removed;
    return cleaned.bytes;
  }
}

const isLookedFor = ({ length }: string): boolean => length >= shortestSecret;

const lengthAlone: ReadonlySet<string> = new Set(["content-length"]);

function refuse(what: string): never {
  throw new Refusal("result_unreadable", { detail: `${what}, in which no credential can be found` });
}
