import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { eventually } from "./eventually.ts";
import { addResultRules, loggedOutcome, type LoggedOutcome } from "./result-rules.ts";
import { crmRoute, paymentsRoute } from "./routes.ts";
import { startGateway, type TestGateway } from "./start-gateway.ts";

export const secret = "eve@evil.example";
/** What a client would take for the address, however it is written. */
export const leaks = /eve(?:@|\\+u0040|&#64;|%40)evil/;
export const head = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
export const json = "Content-Type: application/json";
export const events = "Content-Type: text/event-stream";
export const chunk = (text: string | Buffer) =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n`), Buffer.from(text), Buffer.from("\r\n")]);
export const last = "0\r\n\r\n";
export const chunked = (...texts: (string | Buffer)[]) => [...texts.map(chunk), last];
export const sized = (body: string | Buffer, ...lines: string[]) => [
  head(...lines, `Content-Length: ${Buffer.byteLength(body)}`, "Connection: close"),
  body,
];
export type Play = (socket: Socket) => void;

/** A tool server that writes what it likes on the socket, whatever it was asked. */
async function hostileUpstream(): Promise<{
  origin: string;
  play: (next: Play) => void;
  close: () => void;
}> {
  let current: Play = (socket) => socket.destroy();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    // Requests are small: each comes in one piece.
    socket.on("data", () => current(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { origin, play: (next) => (current = next), close };
}

const small = {
  results: { max: "64KiB" },
  upstream: { max_response: "1MiB", body_timeout: "2s", headers_timeout: "5s" },
};

/** A gateway whose policy has rules about results, in front of a tool server that plays what a test says. */
export async function hostileWorld(limits: { results?: object; upstream?: object } = small): Promise<HostileWorld> {
  const upstream = await hostileUpstream();
  const { origin } = upstream;
  const changes = { ...limits, upstream: { origin, allow_addresses: ["loopback"], ...limits.upstream } };
  const gateway = await startGateway({
    routes: [paymentsRoute(origin, changes), crmRoute(origin, changes)],
    policy: addResultRules,
  });
  async function said(response: Response): Promise<Said> {
    const body = await response.text().catch((error: unknown) => `cut: ${String(error)}`);
    const decisionId = response.headers.get("sallyport-decision") ?? "";
    const outcome = await eventually("the outcome", async () => (await loggedOutcome(gateway, decisionId)) ?? null);
    return { status: response.status, body, headers: response.headers, outcome };
  }
  return {
    gateway,
    play: upstream.play,
    async get(play) {
      upstream.play(play);
      const token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
      const headers = { authorization: `Bearer ${token}` };
      return said(await fetch(`${gateway.agents}/payments/v1/orders/o-881`, { headers }));
    },
    async call(play, message = findTicket) {
      upstream.play(play);
      const token = gateway.token({ sub: "support-bot", role: "support" }, "/mcp/crm");
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 8, ...message });
      return said(await fetch(`${gateway.agents}/mcp/crm`, { method: "POST", headers, body }));
    },
    async close() {
      upstream.close();
      await gateway.close();
    },
  };
}

const findTicket = { method: "tools/call", params: { name: "find_ticket", arguments: { query: "x" } } };

interface HostileWorld {
  readonly gateway: TestGateway;
  readonly play: (next: Play) => void;
  /** A call of a plain HTTP tool. */
  readonly get: (play: Play) => Promise<Said>;
  /** A message to an MCP server. */
  readonly call: (play: Play, message?: object) => Promise<Said>;
  readonly close: () => Promise<void>;
}

export interface Said {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
  readonly outcome: LoggedOutcome;
}

export const writes =
  (...parts: (string | Buffer)[]): Play =>
  (socket) => {
    for (const part of parts) socket.write(part);
  };

export const codes = /"code":"(?:result|upstream)_[a-z_]+"/;

/** Withheld or unknown, with a code of its own, and nothing of it reached the caller. */
export function expectKept({ body, outcome }: Said): void {
  expect(body).not.toMatch(leaks);
  expect(body).toMatch(codes);
  expect(["withheld", "unknown"]).toContain(outcome.outcome);
  expect(outcome.code).toMatch(/^(?:result|upstream)_/);
}
