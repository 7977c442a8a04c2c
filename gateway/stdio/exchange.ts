import type { Refusal } from "../domain/errors.ts";

/** One HTTP request to the bridge and its answer, which may fail after it has begun. */
export class BridgeExchange {
  /** Bytes that were written and not yet read by whoever waits for them. */
  unread = 0;
  /** Called when nobody waits any more before the answer has ended. */
  onCancel: () => void = () => undefined;
  #failure: Refusal | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #isClosed = false;

  /** Whether somebody still waits. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** There will be no answer, and this is why. */
  fail(refusal: Refusal): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#failure = refusal;
    this.#controller?.error(refusal);
    void this.#reader?.cancel().catch(() => undefined);
  }

  /** The answer, with a body that fails when the exchange does. @throws Refusal when it has failed already */
  answer(response: Response): Response {
    if (this.#failure !== null) {
      void response.body?.cancel().catch(() => undefined);
      throw this.#failure;
    }
    const { status, statusText, headers, body } = response;
    if (body === null) {
      this.#isClosed = true;
      return response;
    }
    const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    this.#reader = reader;
    const failing = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: (controller) => this.#pull(controller, reader),
        cancel: (reason) => {
          this.#isClosed = true;
          this.onCancel();
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(failing, { status, statusText, headers });
  }

  async #pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ): Promise<void> {
    const { done, value } = await reader.read();
    if (this.#failure !== null) return;
    if (done) {
      this.#isClosed = true;
      controller.close();
      return;
    }
    this.unread = Math.max(0, this.unread - value.byteLength);
    controller.enqueue(value);
  }
}
