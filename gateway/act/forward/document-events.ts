import { Refusal } from "../../domain/errors.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import type { ReceivedHead } from "./answer-head.ts";

const jsonType = /^application\/json\s*(?:;|$)/;

/**
 * Whether the answer to `subscriptions/listen` comes as JSON documents one after the other. MCP 2026-07-28 ("Streamable HTTP") knows one
 * document or an event stream; a server that writes a document for each message says `application/json` and no length. Read as one
 * document it would never be whole, and its caller would hear of nothing.
 */
export function isConcatenatedJson(call: Pick<ToolCall, "action" | "mcp">, head: ReceivedHead): boolean {
  if (call.mcp === null || call.action !== "subscriptions/listen" || head.status !== 200) return false;
  const isPlain = (head.header("content-encoding") ?? "identity") === "identity";
  return jsonType.test(head.type) && isPlain && head.header("content-length") === null;
}

const [quote, backslash, blank, never] = [0x22, 0x5c, 0x20, 0x00];
const opening = tableOf(0x7b, 0x5b);
const closing = tableOf(0x7d, 0x5d);
const lineEnds = tableOf(0x0a, 0x0d);
/** White space of JSON (RFC 8259 §2). */
const space = tableOf(0x20, 0x09, 0x0a, 0x0d);

/** By byte: whether it is one of these. */
function tableOf(...bytes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
}

const prefix = Buffer.from("data: ");
const end = Buffer.from("\n\n");

/**
 * Makes an event of each JSON document. Only where a document ends is found out here: at the bracket that closes it. Anything else, and bytes that
 * are not UTF-8, are refused by the reader of the events. A line end between values becomes a blank, since it would end the line of the event;
 * within a text, where JSON has none, it becomes a character that no JSON has either.
 */
export class DocumentEvents {
  readonly #maxBytes: number;
  /** The document so far stands in its first `#bytes` bytes. */
  #pending: Buffer = Buffer.alloc(0);
  #bytes = 0;
  #depth = 0;
  /** A document has begun. */
  #isOpen = false;
  #isInText = false;
  #isEscaped = false;

  /** @param maxBytes of one document */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The events of the documents that end in these bytes, as bytes; empty when none does. @throws Refusal upstream_too_large */
  feed(chunk: Buffer): Buffer {
    const bytes = Buffer.from(chunk);
    const events: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (!this.#isOpen && space[byte] === 1) continue;
      if (!this.#isOpen) from = at;
      this.#isOpen = true;
      const ends = this.#ends(byte);
      if (lineEnds[byte] === 1) bytes[at] = this.#isInText ? never : blank;
      if (!ends) continue;
      this.#keep(bytes.subarray(from, at + 1));
      events.push(this.#event());
    }
    if (this.#isOpen) this.#keep(bytes.subarray(from));
    return Buffer.concat(events);
  }

  /** What no bracket has closed, as an event; empty when there is nothing. */
  end(): Buffer {
    return this.#isOpen ? this.#event() : Buffer.alloc(0);
  }

  #ends(byte: number): boolean {
    if (this.#isInText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) this.#isInText = false;
      return false;
    }
    if (byte === quote) this.#isInText = true;
    else if (opening[byte] === 1) this.#depth += 1;
    else if (closing[byte] === 1) this.#depth = Math.max(0, this.#depth - 1);
    else return this.#depth === 0 && lineEnds[byte] === 1;
    return this.#depth === 0 && closing[byte] === 1;
  }

  /** In one buffer that doubles: a document may come byte by byte. */
  #keep(part: Buffer): void {
    const bytes = this.#bytes + part.length;
    if (bytes > this.#maxBytes) throw new Refusal("upstream_too_large");
    if (bytes > this.#pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(bytes, 2 * this.#pending.length));
      this.#pending.copy(larger, 0, 0, this.#bytes);
      this.#pending = larger;
    }
    part.copy(this.#pending, this.#bytes);
    this.#bytes = bytes;
  }

  #event(): Buffer {
    const event = Buffer.concat([prefix, this.#pending.subarray(0, this.#bytes), end]);
    this.#pending = Buffer.alloc(0);
    this.#bytes = 0;
    this.#isOpen = false;
    return event;
  }
}
