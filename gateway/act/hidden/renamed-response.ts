import type { OutgoingHttpHeader, ServerResponse } from "node:http";
import { type Renaming, renamed } from "../../domain/exchange.ts";

type Headers = Readonly<Record<string, OutgoingHttpHeader>> | readonly OutgoingHttpHeader[];

/** The same response, with the name that its caller asked for in the place of the made-up one in all that is written. */
export function renamedResponse(res: ServerResponse, renaming: Renaming): ServerResponse {
  const writer = new RenamingWriter(res, renaming);
  const response: ServerResponse = new Proxy(res, {
    get(target, key) {
      const from = isWritten(key) ? writer : target;
      const value = Reflect.get(from, key, from) as unknown;
      if (typeof value !== "function") return value;
      const method = value.bind(from) as (...args: unknown[]) => unknown;
      return from === writer && returnsItself.has(key) ? (...args: unknown[]) => (method(...args), response) : method;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
  return response;
}

function isWritten(key: string | symbol): boolean {
  return key !== "constructor" && Object.hasOwn(RenamingWriter.prototype, key);
}

const returnsItself: ReadonlySet<string | symbol> = new Set(["writeHead", "end"]);

/**
 * Each write is a whole body or whole events, so the made-up name is never cut in two. The head waits for the body, whose length
 * changes.
 */
class RenamingWriter {
  readonly #res: ServerResponse;
  readonly #renaming: Renaming;
  #head: { readonly status: number; readonly headers: Headers } | null = null;

  constructor(res: ServerResponse, renaming: Renaming) {
    this.#res = res;
    this.#renaming = renaming;
  }

  get headersSent(): boolean {
    return this.#head !== null || this.#res.headersSent;
  }

  get statusCode(): number {
    return this.#head?.status ?? this.#res.statusCode;
  }

  writeHead(status: number, headers: Headers = []): void {
    this.#head = { status, headers };
  }

  flushHeaders(): void {
    this.#sendHead(null);
    this.#res.flushHeaders();
  }

  write(chunk: string | Uint8Array): boolean {
    this.#sendHead(null);
    return this.#res.write(this.#withRequestedName(chunk));
  }

  end(chunk: string | Uint8Array = ""): void {
    const body = this.#withRequestedName(chunk);
    this.#sendHead(body.length);
    this.#res.end(body);
  }

  #withRequestedName(chunk: string | Uint8Array): Buffer {
    return Buffer.from(renamed(Buffer.from(chunk as string).toString("latin1"), this.#renaming), "latin1");
  }

  #sendHead(length: number | null): void {
    if (this.#head === null) return;
    const { status, headers } = this.#head;
    this.#head = null;
    this.#res.writeHead(status, (length === null ? headers : withLength(headers, length)) as OutgoingHttpHeader[]);
  }
}

function withLength(headers: Headers, length: number): Headers {
  const isLength = (name: unknown): boolean => String(name).toLowerCase() === "content-length";
  if (Array.isArray(headers))
    return headers.map((value: OutgoingHttpHeader, at) =>
      at % 2 === 1 && isLength(headers[at - 1]) ? String(length) : value,
    );
  const entries = Object.entries(headers as Record<string, OutgoingHttpHeader>);
  return Object.fromEntries(entries.map(([name, value]) => [name, isLength(name) ? length : value]));
}
