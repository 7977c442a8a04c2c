import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers everything, and knows which decisions have reached it. */
export class ToolServer {
  readonly decisions = new Set<string>();
  readonly #server: Server = createServer((req, res) => {
    this.decisions.add(String(req.headers["sallyport-decision"]));
    req.resume();
    res.setHeader("content-type", "application/json").end("{}");
  });

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
