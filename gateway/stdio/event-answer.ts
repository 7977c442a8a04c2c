import { messageEvent } from "../lib/event-stream.ts";
import type { BridgeExchange } from "./exchange.ts";

/** An answer that is a stream of messages, the last of which answers the request. */
export class EventAnswer {
  readonly exchange: BridgeExchange;
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  /** @throws Refusal when the exchange has failed already */
  constructor(exchange: BridgeExchange) {
    this.exchange = exchange;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) });
    this.response = exchange.answer(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  }

  /** @returns false where so much waits to be read that the message is left out */
  write(message: object, maxUnread = Infinity): boolean {
    const bytes = Buffer.from(messageEvent(JSON.stringify(message)));
    if (!this.exchange.isOpen || this.exchange.unread + bytes.length > maxUnread) return false;
    this.exchange.unread += bytes.length;
    this.#controller?.enqueue(bytes);
    return true;
  }

  /** The last message. */
  end(message: object): void {
    if (!this.exchange.isOpen) return;
    this.write(message);
    this.#controller?.close();
    this.#controller = null;
  }
}
