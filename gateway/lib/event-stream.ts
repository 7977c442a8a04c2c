import { createParser, type EventSourceParser } from "eventsource-parser";

/**
 * Server-sent events (WHATWG HTML, "Server-sent events"): the one place that writes them and the one that reads them. What is
 * written is stricter than the format asks for, because some clients end lines where Python's splitlines() does.
 */

const separators = /[\u0085\u2028\u2029]/g;
const separatorsOrLineEnds = /[\r\n\u0085\u2028\u2029]/;
const lineEnds = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/** Most names and ids: looking for line ends beyond ASCII costs ten times as much. */
const printable = /^[ -~]*$/;

/** The fields of one event, in the order in which they are written. */
export interface EventFields {
  /** Milliseconds after which a client whose connection broke comes back. */
  readonly retry?: number | undefined;
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  /** JSON text, or empty. Line breaks in it are kept: each line is a field of its own. */
  readonly data?: string;
}

/** One event on which every client sees the same lines: what some take for the end of one is escaped in data, and a blank elsewhere. */
export function eventText({ retry, id, event, data }: EventFields): string {
  const head = `${field("retry", retry?.toString())}${field("id", id)}${field("event", event)}`;
  return data === undefined ? `${head}\n` : `${head}${dataFields(data)}\n`;
}

export function commentText(comment: string): string {
  return `: ${oneLine(comment)}\n\n`;
}

/** One JSON-RPC message as an event, whose line breaks are white space in JSON. */
export function messageEvent(json: string): string {
  return eventText({ event: "message", data: json.replace(/[\r\n]+/g, " ") });
}

function field(name: string, value: string | undefined): string {
  return value === undefined ? "" : `${name}: ${oneLine(value)}\n`;
}

function oneLine(text: string): string {
  return printable.test(text) ? text : text.replace(lineEnds, " ");
}

/** In JSON the separators stand in strings alone, where they may be escaped. */
function dataFields(json: string): string {
  if (!separatorsOrLineEnds.test(json)) return `data: ${json}\n`;
  const escaped = json.replace(separators, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
  if (!/[\r\n]/.test(escaped)) return `data: ${escaped}\n`;
  return escaped
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join("");
}

/** An event as clients read it. */
export interface ReadEvent {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  /** Its lines joined by line feeds. */
  readonly data: string;
}

export interface EventReaderOptions {
  readonly onEvent: (event: ReadEvent) => void;
  readonly onRetry?: (milliseconds: number) => void;
  readonly onComment?: (comment: string) => void;
  /** An event had more characters than `maxChars`; nothing can be read any more. */
  readonly onTooLarge?: () => void;
  readonly maxChars?: number;
}

/** Reads an event stream that comes in pieces. Fields that the format does not have are passed over. */
export class EventReader {
  readonly #parser: EventSourceParser;
  #isFirst = true;
  #skipLineFeed = false;

  constructor({ onEvent, onRetry, onComment, onTooLarge, maxChars }: EventReaderOptions) {
    this.#parser = createParser({
      onEvent,
      ...(onRetry === undefined ? {} : { onRetry }),
      ...(onComment === undefined ? {} : { onComment }),
      ...(maxChars === undefined ? {} : { maxBufferSize: maxChars }),
      onError: ({ type }) => {
        if (type === "max-buffer-size-exceeded") onTooLarge?.();
      },
    });
  }

  /** The parser waits after a CR for an LF that may never come, so it is fed lines that end with LF alone; and it knows no byte order mark. */
  feed(text: string): void {
    if (text === "") return;
    let rest = this.#isFirst && text.startsWith("\ufeff") ? text.slice(1) : text;
    this.#isFirst = false;
    if (this.#skipLineFeed && rest.startsWith("\n")) rest = rest.slice(1);
    this.#skipLineFeed = text.endsWith("\r");
    this.#parser.feed(rest.includes("\r") ? rest.replace(/\r\n?/g, "\n") : rest);
  }

  /** The stream has ended: what came without an empty line after it is an event all the same. */
  end(): void {
    this.feed("\n\n");
  }
}
