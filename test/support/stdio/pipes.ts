import { PassThrough } from "node:stream";
import { LineTransport } from "../../../gateway/stdio/line-transport.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";

/** A tool server's end of its standard streams, played by a test. */
export interface PlayedServer {
  readonly transport: LineTransport;
  /** All that it was sent so far. */
  readonly received: JsonObject[];
  say(message: object): void;
  /** Bytes as they are. */
  write(text: string | Buffer): void;
  /** The last message that it was sent. */
  last(): JsonObject;
}

export interface PlayOptions {
  readonly maxBytes?: number;
  readonly maxWaiting?: number;
  /** Called for each message; what it returns is said. */
  readonly answer?: (message: JsonObject) => object | undefined;
}

export function playServer({ maxBytes = 1_000_000, maxWaiting = 1_000_000, answer }: PlayOptions = {}): PlayedServer {
  const from = new PassThrough();
  const to = new PassThrough();
  const received: JsonObject[] = [];
  const say = (message: object): void => void from.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  to.on("data", (chunk: Buffer) => {
    for (const line of chunk.toString().split("\n").filter(Boolean)) {
      const message = JSON.parse(line) as JsonObject;
      received.push(message);
      const answered = answer?.(message);
      if (answered !== undefined) say({ id: message["id"], ...answered });
    }
  });
  return {
    transport: new LineTransport({ from, to, maxBytes, maxWaiting }),
    received,
    say,
    write: (text) => void from.write(text),
    last: () => received.at(-1) ?? {},
  };
}

/** Streams pass what was written on within this turn and the next. */
export const turn = (): Promise<void> => new Promise((done) => setImmediate(() => setImmediate(done)));
