import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonValue } from "../../../lib/json.ts";

/** A tool server on loopback that answers every call with what was recorded. */
export interface RecordedTools {
  readonly origin: string;
  /** The answer from now on. */
  answerWith(result: JsonValue): void;
  /** Calls that have arrived so far. */
  arrived(): number;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function recordedTools(): Promise<RecordedTools> {
  let answer = "null";
  let arrived = 0;
  const server = createServer((req, res) => {
    req.on("end", () => {
      arrived += 1;
      res.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(answer) });
      res.end(answer);
    });
    req.resume();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve());
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerWith: (result) => void (answer = JSON.stringify(result)),
    arrived: () => arrived,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
