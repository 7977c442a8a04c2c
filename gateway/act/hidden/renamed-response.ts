import type { OutgoingHttpHeader, ServerResponse } from "node:http";
import { type Renaming, renamed } from "../../domain/exchange.ts";

type Headers = Readonly<Record<string, OutgoingHttpHeader>> | readonly OutgoingHttpHeader[];

/**
 * The same response, with the name that its caller asked for in the place of the made-up one in all that is written. Each write is a whole
 * body or whole events, so the made-up name is never cut in two. The head waits for the body, whose length changes.
 */
export function renamedResponse(res: ServerResponse, renaming: Renaming): ServerResponse {
  let waiting: { readonly status: number; readonly headers: Headers } | null = null;
  const told = (chunk: unknown): Buffer => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from((chunk ?? []) as Uint8Array);
    return Buffer.from(renamed(bytes.toString("latin1"), renaming), "latin1");
  };
  const sendHead = (length: number | null): void => {
    if (waiting === null) return;
    const { status, headers } = waiting;
    waiting = null;
    res.writeHead(status, (length === null ? headers : withLength(headers, length)) as OutgoingHttpHeader[]);
  };
  const own = {
    get headersSent() {
      return waiting !== null || res.headersSent;
    },
    get statusCode() {
      return waiting?.status ?? res.statusCode;
    },
    writeHead(status: number, headers: Headers = []) {
      waiting = { status, headers };
      return response;
    },
    flushHeaders() {
      sendHead(null);
      res.flushHeaders();
    },
    write(chunk: unknown) {
      sendHead(null);
      return res.write(told(chunk));
    },
    end(chunk?: unknown) {
      const body = told(chunk);
      sendHead(body.length);
      res.end(body);
      return response;
    },
  };
  const response: ServerResponse = new Proxy(res, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key) as unknown;
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
  return response;
}

function withLength(headers: Headers, length: number): Headers {
  if (!Array.isArray(headers))
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, isLength(name) ? length : value]),
    ) as Headers;
  return headers.map((value: OutgoingHttpHeader, at) =>
    at % 2 === 1 && isLength(String(headers[at - 1])) ? String(length) : value,
  );
}

function isLength(name: string): boolean {
  return name.toLowerCase() === "content-length";
}
