import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** An answer: a status with JSON or text; null for none at all. */
export type Given = readonly [status: number, body: unknown] | null;

/** Stands in the place of a gateway that has a fault: it gives these answers in this order, the last one again and again. */
export async function answeringGateway(answers: readonly Given[]) {
  const asked: Asked[] = [];
  const server = createServer((req, res) => {
    void text(req).then((body) => {
      const given = answers[Math.min(asked.length, answers.length - 1)];
      const { method = "", url = "", headers } = req;
      asked.push({ method, path: url, headers, body: readBody(body, headers["content-type"]) });
      if (given === undefined || given === null) return;
      res.statusCode = given[0];
      res.end(typeof given[1] === "string" ? given[1] : JSON.stringify(given[1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function readBody(text: string, type: string | undefined): unknown {
  if (text === "") return null;
  return type === "application/json" ? (JSON.parse(text) as unknown) : text;
}
