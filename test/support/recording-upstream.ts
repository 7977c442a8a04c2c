import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it arrived at the tool server's socket. */
export interface Recorded {
  readonly method: string;
  readonly target: string;
  /** Names as sent, in lower case; duplicates stay. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  /** Worked out from the bytes that arrived, by this file and not by the gateway's code. */
  readonly digest: string;
}

export type Answer = (req: IncomingMessage, res: ServerResponse, recorded: Recorded) => void;

/** A tool server that keeps everything it was sent. */
export interface RecordingUpstream {
  readonly origin: string;
  readonly requests: Recorded[];
  /** Replaces how it answers from now on. */
  answerWith(answer: Answer): void;
  /** Nobody listens at its address while `work` goes on. */
  away(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** `named`: the headers that the route names in `upstream.request_headers`. */
export async function recordingUpstream(
  answer: Answer = answerEmpty,
  named: readonly string[] = [],
): Promise<RecordingUpstream> {
  const requests: Recorded[] = [];
  let current = answer;
  const server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const recorded = recordOf(req, Buffer.concat(chunks), named);
      requests.push(recorded);
      current(req, res, recorded);
    });
  });
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    answerWith: (next) => (current = next),
    async away(work) {
      await close();
      await work().finally(() => listen(port));
    },
    close,
  };
}

function answerEmpty(_req: IncomingMessage, res: ServerResponse): void {
  res.setHeader("content-type", "application/json").end("{}");
}

function recordOf(req: IncomingMessage, body: Buffer, named: readonly string[]): Recorded {
  const { method = "", url: target = "", rawHeaders } = req;
  const headers: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.push([(rawHeaders[at] ?? "").toLowerCase(), rawHeaders[at + 1] ?? ""]);
  const type = (req.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return {
    method,
    target,
    headers,
    body,
    digest: digestOf([`${method} ${target}`, type], body, namedLines(headers, named)),
  };
}

function namedLines(headers: Recorded["headers"], named: readonly string[]): string[] {
  return headers
    .filter(([name]) => named.includes(name))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted();
}

/** As documented for tool servers that check what reached them: method, target, media type, digest of the body, named headers. */
function digestOf(head: readonly string[], body: Buffer, named: readonly string[]): string {
  const inner = body.length === 0 ? "" : createHash("sha256").update(body).digest("hex");
  const outer = createHash("sha256").update(["sallyport-request-v1", ...head, inner, ...named].join("\n"));
  return `sha256:${outer.digest("hex")}`;
}
