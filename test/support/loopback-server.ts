import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

/** A real HTTP server on loopback, with TLS where it is given a certificate. */
export class LoopbackServer {
  readonly #server;
  readonly #scheme: string;

  constructor(handle: RequestListener, tls: ServerOptions | null = null) {
    this.#server = tls === null ? createServer(handle) : createTlsServer(tls, handle);
    this.#scheme = tls === null ? "http" : "https";
  }

  /** `port`: 0 for any. */
  async listen(port = 0): Promise<this> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
