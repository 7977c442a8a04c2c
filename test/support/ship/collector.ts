import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerOptions } from "node:https";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { LoopbackServer } from "../loopback-server.ts";

/** How one request is answered; `take`: it counts as received. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Cut off before there is an answer, after it was read. */
  | "reset"
  /** Never. */
  | "hang"
  /** The head of an answer of 200 and a part of its body, and the connection is cut. */
  | "half"
  /** 200, and the connection is closed. */
  | "close";

export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** A receiver of records: a real HTTP server that answers as it is told. */
export class Collector extends LoopbackServer {
  /** In their order; when there are none left, 200. */
  readonly answers: Answer[] = [];
  readonly arrived: Arrived[] = [];
  /** Called for each request before it is answered; null: as `answers` say. */
  choose: (request: Arrived) => Answer | null = () => null;

  constructor(tls: ServerOptions | null = null) {
    super((request, response) => void this.#handle(request, response), tls);
  }

  /** Events of all chunks that were answered with success, in the order in which they arrived. */
  readonly events: Readonly<Record<string, unknown>>[] = [];

  /** Texts of the events by decision id. */
  byId(): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    for (const event of this.events) {
      const id = String(event["decision_id"]);
      found.set(id, (found.get(id) ?? new Set()).add(JSON.stringify(event)));
    }
    return found;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    const { method = "", url = "", headers, rawHeaders } = request;
    const arrived = { method, url, headers, rawHeaders, body };
    this.arrived.push(arrived);
    const answer = this.choose(arrived) ?? this.answers.shift() ?? { status: 200 };
    if (answer === "hang") return;
    if (answer === "reset") return void request.socket.resetAndDestroy();
    if (answer === "half") {
      response.writeHead(200, { "content-length": "100" });
      response.write("{", () => request.socket.destroy());
      return;
    }
    const {
      status,
      headers: more = {},
      body: text = "",
    } = answer === "close" ? { status: 200, headers: { connection: "close" } } : answer;
    if (status < 300 && headers["content-encoding"] === "gzip" && method === "POST") {
      const chunk = JSON.parse(gunzipSync(body).toString()) as object;
      if (Array.isArray(chunk)) this.events.push(...(chunk as Record<string, unknown>[]));
    }
    response.writeHead(status, more).end(text);
  }
}
