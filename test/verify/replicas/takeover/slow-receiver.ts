import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One message as it came, under the id that each attempt to send it has. */
interface Came {
  readonly id: string;
  readonly at: number;
  /** When its sender went away before it was answered; on `performance.now()`. */
  lostAt: number | null;
  readonly res: ServerResponse;
}

/** Where messages to people end: it answers nothing, until it is told to answer everything. */
export class SlowReceiver {
  readonly came: Came[] = [];
  readonly url: string;
  readonly #close: () => Promise<void>;
  #isSlow = true;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async open(): Promise<SlowReceiver> {
    const server = createServer((req, res) => {
      const one: Came = { id: String(req.headers["webhook-id"]), at: performance.now(), lostAt: null, res };
      receiver.came.push(one);
      res.on("close", () => {
        if (!res.writableFinished) one.lostAt = performance.now();
      });
      req.resume();
      if (!receiver.#isSlow || receiver.timesOf(one.id) > 1) res.end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const receiver = new SlowReceiver(`http://127.0.0.1:${port}/hook`, async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    });
    return receiver;
  }

  timesOf(id: string): number {
    return this.came.filter((one) => one.id === id).length;
  }

  /** Nothing has come, and what comes first is not answered; the second attempt to send something is. */
  beSlow(): void {
    this.came.length = 0;
    this.#isSlow = true;
  }

  answerAll(): void {
    this.#isSlow = false;
    for (const { res } of this.came) if (!res.writableEnded) res.end();
  }

  close(): Promise<void> {
    return this.#close();
  }
}
