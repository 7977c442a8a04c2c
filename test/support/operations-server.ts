import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as this server reads it, by Node's and the WHATWG's readers and none of the gateway's. */
export interface ReadRequest {
  readonly method: string;
  /** Segments of the path, decoded once. */
  readonly segments: readonly string[];
  /** Pairs of the query in order, decoded once. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** JSON as parsed, a form as pairs, null for no body. */
  readonly body: unknown;
}

export interface OperationsServer {
  readonly origin: string;
  readonly read: ReadRequest[];
  close(): Promise<void>;
}

/** An HTTP API that says what it has read. */
export async function operationsServer(answer: unknown = { ok: true }): Promise<OperationsServer> {
  const read: ReadRequest[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const [path = "", ...search] = (req.url ?? "").split("?");
      const text = Buffer.concat(chunks).toString();
      const isForm = req.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
      read.push({
        method: req.method ?? "",
        segments: path.split("/").slice(1).map(decodeURIComponent),
        query: [...new URLSearchParams(search.join("?"))],
        headers: req.headers,
        body: text === "" ? null : isForm ? [...new URLSearchParams(text)] : JSON.parse(text),
      });
      res.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    read,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
