import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A tool server that works out, with code of its own, the digest of everything that reaches its socket. */
export interface DigestingUpstream {
  readonly origin: string;
  readonly seen: Seen[];
  /** Bytes that were no request at all. */
  readonly garbled: string[];
  /** Has a look at each request as Node's parser gives it. */
  onRequest(look: (req: IncomingMessage) => void): void;
  close(): Promise<void>;
}

export interface Seen {
  /** The gateway's decision that the request says it was let through by; null when it names none, or two. */
  readonly decisionId: string | null;
  readonly digest: string;
  readonly line: string;
}

export async function digestingUpstream(): Promise<DigestingUpstream> {
  const seen: Seen[] = [];
  const garbled: string[] = [];
  const onSeen: ((req: IncomingMessage) => void)[] = [];
  const server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    const body = createHash("sha256");
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      body.update(chunk);
      size += chunk.length;
    });
    req.on("end", () => {
      seen.push(seenOf(req, size === 0 ? "" : body.digest("hex")));
      onSeen.forEach((look) => look(req));
      // As large as the caller asks for, to see what becomes of answers that nobody reads.
      const wanted = Number(/\/size-(\d+)$/.exec(req.url ?? "")?.[1] ?? 0);
      if (wanted > 0) return void res.end("x".repeat(wanted));
      res.setHeader("content-type", "application/json").end('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    });
  });
  server.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    if (error.code !== "ECONNRESET") garbled.push(`${error.code}: ${error.rawPacket?.toString("latin1", 0, 200)}`);
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    garbled,
    onRequest: (look) => void onSeen.push(look),
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** As documented for tool servers: method and target, media type, digest of the body. */
function seenOf(req: IncomingMessage, bodyDigest: string): Seen {
  const line = `${req.method} ${req.url}`;
  const type = (req.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const text = ["sallyport-request-v1", line, type, bodyDigest].join("\n");
  const ids = req.headersDistinct["sallyport-decision"] ?? [];
  return {
    decisionId: ids.length === 1 ? (ids[0] ?? null) : null,
    digest: `sha256:${createHash("sha256").update(text).digest("hex")}`,
    line,
  };
}
