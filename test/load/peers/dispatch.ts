import type { IncomingMessage, ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";

/** Headers that belong to one connection (RFC 9110 §7.6.1), and those that undici writes itself. */
const notForwarded = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "host",
]);

/** The cheapest way through undici: raw headers both ways, the body's own Buffer, one handler a request. */
export function dispatcher(origin: string): (req: IncomingMessage, res: ServerResponse, body: Buffer) => void {
  const pool = new Pool(origin, { connections: 64, pipelining: 1 });
  return function forward(req, res, body) {
    pool.dispatch(
      {
        origin,
        method: req.method as Dispatcher.HttpMethod,
        path: req.url ?? "/",
        headers: forwardedHeaders(req.rawHeaders),
        body: body.length === 0 ? null : body,
      },
      new Relay(res),
    );
  };
}

/** Reads the body whole: with a known length it mostly is the first chunk, and then nothing is copied. */
export function readBody(req: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", () => done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
}

function forwardedHeaders(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string;
    if (!notForwarded.has(name.toLowerCase())) headers.push(name, raw[at + 1] as string);
  }
  return headers;
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #res: ServerResponse;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  // undici wants to see it, whether or not anything is done at that point.
  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const raw = controller.rawHeaders as readonly Buffer[];
    const headers: string[] = [];
    for (let at = 0; at < raw.length; at += 2) {
      const name = (raw[at] as Buffer).toString("latin1");
      if (name.toLowerCase() !== "connection") headers.push(name, (raw[at + 1] as Buffer).toString("latin1"));
    }
    this.#res.writeHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // To a caller that has left nothing drains, and a paused connection would be lost to the pool.
    if (this.#res.destroyed || this.#res.write(chunk)) return;
    controller.pause();
    const resume = (): void => controller.resume();
    this.#res.once("drain", resume).once("close", resume);
  }

  onResponseEnd(): void {
    this.#res.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#res.headersSent) this.#res.destroy(error);
    else this.#res.writeHead(502).end(error.message);
  }
}
