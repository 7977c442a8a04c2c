import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { httpEchoes, mcpEchoes } from "./echoes.ts";

export interface EchoingUpstream {
  readonly origin: string;
  /** Every credential that it was given, in the order of arrival. */
  readonly given: string[];
  /** Whole requests, as text. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** A tool server that sends back what it was given, in the way that the call names: `echo-NAME-end` in the path or the body. */
export async function echoingUpstream(): Promise<EchoingUpstream> {
  const given: string[] = [];
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = "";
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.on("data", (bytes: Buffer) => {
      received += bytes.toString("latin1");
      if (!isWhole(received)) return;
      const secret = credentialIn(received);
      if (secret !== null) given.push(secret);
      requests.push(received);
      play(socket, received, secret ?? "nothing-was-given");
      received = "";
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given,
    requests,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function isWhole(received: string): boolean {
  const end = received.indexOf("\r\n\r\n");
  const length = Number(/^content-length: (\d+)/im.exec(received)?.[1] ?? 0);
  return end !== -1 && received.length >= end + 4 + length;
}

/** Wherever a provider puts one. */
function credentialIn(request: string): string | null {
  const found =
    // The rest of a signature for AWS is no secret by itself, and is taken out too.
    /^x-amz-security-token: (\S+)/im.exec(request) ??
    /^authorization: (?:Bearer )?(\S+)/im.exec(request) ??
    /^x-service-token: (\S+)/im.exec(request) ??
    /[?&]api_key=([^ &]+)/.exec(request) ??
    /"api_key":"([^"]+)"/.exec(request);
  return found === null ? null : decodeURIComponent(found[1] ?? "");
}

function play(socket: Socket, request: string, secret: string): void {
  const name = /echo-([a-z0-9]+)-end/.exec(request)?.[1] ?? "";
  const echo = httpEchoes[name] ?? mcpEchoes[name];
  if (echo === undefined) throw new Error(`no echo named ${name}`);
  const pieces = [...echo(secret)];
  // One after the other, so that they arrive in several pieces.
  const next = (): void => {
    const piece = pieces.shift();
    if (piece === undefined) socket.end();
    else if (!socket.destroyed) socket.write(piece, () => setImmediate(next));
  };
  next();
}
