import { Refusal } from "../../domain/errors.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import type { ReceivedHead } from "./answer-head.ts";

const jsonType = /^application\/json\s*(?:;|$)/;

/**
 * Whether the answer to `subscriptions/listen` comes as JSON documents one after the other. MCP 2026-07-28 ("Streamable HTTP") knows one
 * document or an event stream; a server that writes a document for each message says `application/json` and no length. Read as one
 * document it would never be whole, and its caller would hear of nothing.
 */
export function isOfDocuments(call: Pick<ToolCall, "action" | "mcp">, head: ReceivedHead): boolean {
  if (call.mcp === null || call.action !== "subscriptions/listen" || head.status !== 200) return false;
  const isPlain = (head.header("content-encoding") ?? "identity") === "identity";
  return jsonType.test(head.type) && isPlain && head.header("content-length") === null;
}

const [quote, backslash, lineFeed, carriageReturn] = [0x22, 0x5c, 0x0a, 0x0d];
const opening: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const closing: ReadonlySet<number> = new Set([0x7d, 0x5d]);
const lineEnds = /\r\n|\r|\n/g;
/** White space of JSON (RFC 8259 §2) around a document. */
const outerSpace = /^[ \t\r\n]+|[ \t\r\n]+$/g;

/**
 * Makes an event of each JSON document, whose bytes stay as they are. Only where a document ends is found out here: at the bracket that
 * closes it. What is none, or not UTF-8, is for the reader of the events to refuse.
 */
export class DocumentEvents {
  readonly #maxBytes: number;
  #pending: Buffer[] = [];
  #bytes = 0;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;

  /** @param maxBytes of one document */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The events of the documents that end in these bytes, as bytes; empty when none does. @throws Refusal upstream_too_large */
  feed(chunk: Buffer): Buffer {
    const events: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (!this.#ends(chunk[at] as number)) continue;
      events.push(this.#event(chunk.subarray(from, at + 1)));
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    this.#bytes += rest.length;
    if (this.#bytes > this.#maxBytes) throw new Refusal("upstream_too_large");
    if (rest.length > 0) this.#pending.push(rest);
    return Buffer.concat(events);
  }

  /** What no bracket has closed, as an event; empty when nothing but white space is left. */
  end(): Buffer {
    return this.#event(Buffer.alloc(0));
  }

  #ends(byte: number): boolean {
    if (this.#isInText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) this.#isInText = false;
      return false;
    }
    if (byte === quote) this.#isInText = true;
    else if (opening.has(byte)) this.#depth += 1;
    else if (closing.has(byte)) this.#depth = Math.max(0, this.#depth - 1);
    else return this.#depth === 0 && (byte === lineFeed || byte === carriageReturn);
    return this.#depth === 0 && closing.has(byte);
  }

  #event(last: Buffer): Buffer {
    // One character for each byte: no byte is read as anything here.
    const text = Buffer.concat([...this.#pending, last])
      .toString("latin1")
      .replace(outerSpace, "");
    this.#pending = [];
    this.#bytes = 0;
    if (text === "") return Buffer.alloc(0);
    return Buffer.from(`data: ${text.replace(lineEnds, "\ndata: ")}\n\n`, "latin1");
  }
}
