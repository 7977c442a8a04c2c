import { type IncomingMessage, ServerResponse } from "node:http";

/** An answer that nobody waits for on a connection: kept, to be looked at when it is whole. */
export class CapturedResponse extends ServerResponse<IncomingMessage> {
  #text = "";

  /** What was written so far. */
  get text(): string {
    return this.#text;
  }

  override write(chunk: unknown): boolean {
    this.#keep(chunk);
    return true;
  }

  override end(chunk?: unknown): this {
    this.#keep(chunk);
    return super.end();
  }

  #keep(chunk: unknown): void {
    if (typeof chunk === "string") this.#text += chunk;
    else if (chunk instanceof Uint8Array) this.#text += Buffer.from(chunk).toString("utf8");
  }
}
