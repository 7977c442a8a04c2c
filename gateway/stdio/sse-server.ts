import { SdkHttpError, SSEClientTransport, SseError } from "@modelcontextprotocol/client";
import { Agent, fetch as fetchOver, type RequestInit as UndiciInit } from "undici";
import type { InnerRequest } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { assertOrigin, checkedLookup } from "../net/addresses.ts";
import type { ServerTransport } from "./line-transport.ts";
import { kindOf, type Message } from "./messages.ts";
import type { Launched } from "./slot.ts";

/** Belong to the transport between the gateway's client and the bridge. */
const ofTransport = new Set(
  "accept accept-encoding content-type content-length host last-event-id mcp-protocol-version mcp-session-id".split(
    " ",
  ),
);

/**
 * Opens the event stream of an MCP server that speaks HTTP with SSE (MCP 2024-11-05, "Transports"). Requests carry the headers, and
 * so the credential, of the call that is sent last.
 */
export function openSse(route: Route, first: InnerRequest): Launched {
  const { origin, addresses, connectTimeoutMs, headersTimeoutMs, maxResponseBytes } = route.upstream;
  assertOrigin(origin, addresses);
  const agent = new Agent({
    headersTimeout: headersTimeoutMs,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs, lookup: checkedLookup(addresses) },
  });
  let headers = passedOn(first);
  const send = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const all = { ...Object.fromEntries(new Headers(init.headers)), ...headers };
    const answer = await fetchOver(url, { ...(init as unknown as UndiciInit), headers: all, dispatcher: agent });
    return limited(answer, maxResponseBytes);
  };
  const sdk = new SSEClientTransport(new URL(first.target, origin), { fetch: send });
  const transport = new SseTransport(sdk);
  const end = async (): Promise<void> => {
    transport.end("the gateway ends it");
    await agent.destroy();
  };
  return {
    transport,
    opened: sdk.start(),
    about: { origin },
    sees: (request) => void (headers = passedOn(request)),
    end,
    kill: () => void end(),
  };
}

/** The SDK's transport as the bridge uses it. */
class SseTransport implements ServerTransport {
  onMessage: ServerTransport["onMessage"] = () => undefined;
  onEnd: ServerTransport["onEnd"] = () => undefined;
  onNoise: ServerTransport["onNoise"] = () => undefined;
  readonly #sdk: SSEClientTransport;
  #isEnded = false;

  constructor(sdk: SSEClientTransport) {
    this.#sdk = sdk;
    sdk.onmessage = (message) => {
      const read = kindOf(message);
      if (read === null) this.onNoise();
      else this.onMessage(read);
    };
    // A stream that is opened again is another session: what was under way has no answer any more.
    sdk.onerror = (error) =>
      error instanceof SseError ? this.end(`its event stream ended: ${error.message}`) : this.onNoise();
    sdk.onclose = () => this.end("its event stream ended");
  }

  send(message: Message): void {
    // The server's own words may hold the credential.
    const refused = (error: unknown): void =>
      this.end(`it did not take a message${error instanceof SdkHttpError ? `: status ${error.status}` : ""}`);
    this.#sdk.send(message as never).catch(refused);
  }

  end(why: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    void this.#sdk.close();
    // It says that its stream has ended before it sets the timer that would open another.
    queueMicrotask(() => void this.#sdk.close());
    this.onEnd(why);
  }
}

function passedOn({ headers }: InnerRequest): Record<string, string> {
  const kept: Record<string, string> = {};
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase();
    if (!ofTransport.has(name)) kept[name] = headers[at + 1] as string;
  }
  return kept;
}

/** The answer, whose body fails when one event of it has more bytes than this. */
function limited(answer: Response, maxBytes: number): Response {
  if (answer.body === null) return answer;
  const size = new EventSize();
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (size.afterwards(chunk) > maxBytes) throw new Error(`an event is larger than ${maxBytes} bytes`);
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = answer;
  return new Response(answer.body.pipeThrough(counting), { status, statusText, headers });
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Counts the bytes of events, which end with an empty line (WHATWG HTML, "Parsing an event stream"). */
class EventSize {
  #bytes = 0;
  #last = lineFeed;

  /** The largest event in this piece, with what came of it before. */
  afterwards(chunk: Uint8Array): number {
    let largest = 0;
    for (const byte of chunk) {
      const endsLine = byte === lineFeed || byte === carriageReturn;
      const isPair = byte === lineFeed && this.#last === carriageReturn;
      if (endsLine && !isPair && (this.#last === lineFeed || this.#last === carriageReturn)) this.#bytes = 0;
      else this.#bytes += 1;
      this.#last = byte;
      largest = Math.max(largest, this.#bytes);
    }
    return largest;
  }
}
