import type { ServerResponse } from "node:http";

/** What an endpoint of the gateway's own says. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** What everybody may read, and keep for five minutes. */
export const published: Readonly<Record<string, string>> = { "Cache-Control": "public, max-age=300" };

/** Nobody may keep it, unless the headers say otherwise (RFC 9111 §5.2.2). Node leaves the body out where HEAD asked. */
export function writeJson(res: ServerResponse, { status, headers = {}, body }: JsonAnswer): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...headers,
  });
  res.end(text);
}
