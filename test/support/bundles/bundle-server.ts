import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerOptions } from "node:https";
import { buffer, json } from "node:stream/consumers";
import { eventually } from "../eventually.ts";
import { LoopbackServer } from "../loopback-server.ts";

/** What the server does in the place of the next answer. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** An archive with this ETag, whatever is served. */
  | { readonly bytes: Buffer; readonly etag?: string; readonly type?: string }
  /** The connection is cut before there is an answer. */
  | "reset"
  /** There is no answer. */
  | "hang"
  /** The head and half of the body arrive, and the connection is cut. */
  | "half"
  /** The same, and the connection stays. */
  | "stall";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

interface Bundle {
  readonly bytes: Buffer;
  /** Null: it is sent without one. */
  readonly etag: string | null;
}

/**
 * A server of OPA's bundle service API over real HTTP: conditional requests, and requests that wait for news where `waits` is set. Faults
 * are injected by path, one for each request.
 */
export class BundleServer extends LoopbackServer {
  readonly asked: Asked[] = [];
  /** Bodies that were posted uncompressed, such as those of OPA's status API, and taken. */
  readonly told: unknown[] = [];
  /** By path, such as `/bundles/authz`; each is used once. */
  readonly faults = new Map<string, Fault[]>();
  /** Answers have the type that stands for long polling, and requests that may wait for news are kept. */
  waits = false;
  readonly #bundles = new Map<string, Bundle>();
  readonly #kept = new Set<{ readonly path: string; readonly answer: () => void }>();

  constructor(tls: ServerOptions | null = null) {
    super((request, response) => this.#handle(request, response), tls);
  }

  override close(): Promise<void> {
    this.#kept.clear();
    return super.close();
  }

  /** From now on this is the newest; whoever waits for news of it is answered. */
  serve(path: string, bytes: Buffer, etag: string | null): void {
    this.#bundles.set(path, { bytes, etag });
    this.#release(path);
  }

  fail(path: string, ...faults: Fault[]): void {
    this.faults.set(path, [...(this.faults.get(path) ?? []), ...faults]);
  }

  /** Requests that wait for news are told that there is none. */
  endWaits(path: string): void {
    this.#release(path);
  }

  asks(path: string): Asked[] {
    return this.asked.filter((one) => one.path === path);
  }

  /** Resolves when so many requests have come for the path. */
  async askedTimes(path: string, times: number): Promise<Asked[]> {
    return eventually(`${times} requests for ${path}`, () => (this.asks(path).length < times ? null : this.asks(path)));
  }

  #release(path: string): void {
    for (const one of [...this.#kept].filter((each) => each.path === path)) {
      this.#kept.delete(one);
      one.answer();
    }
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url: path = "", headers } = request;
    this.asked.push({ method, path, headers });
    const fault = this.faults.get(path)?.shift();
    if (fault !== undefined) return this.#fault(fault, path, response);
    if (method === "POST") return void this.#take(request, response);
    const etag = headers["if-none-match"];
    const isNewest = etag !== undefined && etag === this.#bundles.get(path)?.etag;
    if (!this.waits || !isNewest || !/;wait=\d+$/.test(String(headers["prefer"])))
      return this.#answer(path, etag, response);
    this.#kept.add({ path, answer: () => this.#answer(path, etag, response) });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers["content-encoding"] === "gzip") await buffer(request);
    else this.told.push(await json(request));
    response.writeHead(200).end();
  }

  #answer(path: string, known: string | undefined, response: ServerResponse): void {
    const bundle = this.#bundles.get(path);
    if (bundle === undefined) return void response.writeHead(404).end();
    const etag = bundle.etag === null ? {} : { etag: bundle.etag };
    if (bundle.etag !== null && bundle.etag === known) return void response.writeHead(304, etag).end();
    const type = this.waits ? "application/vnd.openpolicyagent.bundles" : "application/gzip";
    response.writeHead(200, { ...etag, "content-type": type }).end(bundle.bytes);
  }

  #fault(fault: Fault, path: string, response: ServerResponse): void {
    if (fault === "hang") return;
    if (fault === "reset") return void response.destroy();
    if (fault === "half" || fault === "stall") {
      const { bytes } = this.#bundles.get(path) ?? { bytes: Buffer.alloc(1_000) };
      response.writeHead(200, { "content-length": String(bytes.length), etag: '"half"' });
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        if (fault === "half") response.destroy();
      });
      return;
    }
    if ("status" in fault) return void response.writeHead(fault.status, fault.headers ?? {}).end();
    const { bytes, etag, type = "application/gzip" } = fault;
    response.writeHead(200, { ...(etag !== undefined && { etag }), "content-type": type }).end(bytes);
  }
}
