import type { Server } from "node:net";

/** Longest time that calls wait for further connections, in milliseconds; then a turn of the event loop begins with them. */
const MOST_MS = 10;

/**
 * Tells whether connections are coming in. Node accepts one in each turn of its event loop
 * (https://github.com/libuv/libuv/pull/3696). When many callers connect at once to a gateway that is at work, and each turn does
 * the work of a hundred calls, the last of them would wait for as many turns as connections came before its own: for seconds.
 * While calls wait, a turn takes some 50 µs.
 */
export class ConnectionBursts {
  readonly #monotonic: () => number;
  #came = false;
  /** When calls began to wait; null while none does. */
  #since: number | null = null;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  watch(server: Server): void {
    server.on("connection", () => (this.#came = true));
  }

  /** Asked at the end of each turn in which calls are to begin: whether they wait for another turn, since one more connection came in this one. */
  isOn(): boolean {
    const now = this.#monotonic();
    const isOn = this.#came && now - (this.#since ??= now) < MOST_MS;
    this.#came = false;
    if (!isOn) this.#since = null;
    return isOn;
  }
}
