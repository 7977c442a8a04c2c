/** A line to PostgreSQL that can be cut, or go dead: a TCP proxy. */
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { pause } from "../eventually.ts";

/** `cut`: connections end and none is accepted. `dead`: nothing comes through, and nobody is told. */
export type LineState = "whole" | "cut" | "dead";

export interface Line {
  readonly port: number;
  set(state: LineState): void;
  /** From now on each piece of data comes so much later, in milliseconds; 0 for at once. */
  delay(ms: number): void;
  /** Open connections are reset (RST), and new ones accepted. */
  reset(): void;
  /** Nothing comes through on open connections any more, and nobody is told; new ones work. Those that were abandoned before end. */
  abandon(): void;
  /**
   * The next data with this text is passed on, or not, and the line is cut before anything comes back. Resolves then. `after`: the same
   * connection has had data with this text before. `disarm` gives that up, as long as no such data has come.
   */
  cutAt(text: string, isPassedOn: boolean, after?: string, disarm?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

interface Trap {
  readonly text: string;
  readonly isPassedOn: boolean;
  readonly after: string | null;
  /** Connections on which what comes before has come. */
  readonly armed: WeakSet<Socket>;
  readonly sprung: () => void;
}

function isSprung({ text, after, armed }: Trap, socket: Socket, data: Buffer): boolean {
  if (after !== null && data.includes(after)) armed.add(socket);
  return (after === null || armed.has(socket)) && data.includes(text);
}

export async function lineTo(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const near = new Set<Socket>();
  const abandoned: Socket[] = [];
  let delayMs = 0;
  let state: LineState = "whole";
  let trap: Trap | null = null;
  const server = createServer((from) => {
    if (state === "cut") return void from.destroy();
    const far = connect(port, "127.0.0.1");
    near.add(from);
    for (const [one, other] of [
      [from, far],
      [far, from],
    ] as const) {
      const late = delayed(other);
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        near.delete(one);
        other.destroy();
      });
      one.on("data", (data: Buffer) => {
        const sprung = one === from && trap !== null && isSprung(trap, from, data) ? trap : null;
        if (sprung === null) return void (late(data, delayMs) || one.pause());
        trap = null;
        from.removeAllListeners("close").destroy();
        sockets.delete(from);
        near.delete(from);
        // PostgreSQL carries out what it has read.
        if (sprung.isPassedOn) far.end(data);
        else far.destroy();
        sprung.sprung();
      });
      one.on("drain", () => {
        if (state !== "dead") other.resume();
      });
      if (state === "dead") one.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      state = next;
      for (const socket of sockets) {
        if (next === "cut") socket.destroy();
        else if (next === "dead") socket.pause();
        else socket.resume();
      }
    },
    delay(ms) {
      delayMs = ms;
    },
    reset() {
      for (const socket of near) socket.resetAndDestroy();
    },
    abandon() {
      for (const socket of abandoned.splice(0)) socket.destroy();
      for (const socket of sockets) socket.pause().removeAllListeners("drain");
      abandoned.push(...sockets);
      sockets.clear();
      near.clear();
    },
    cutAt(text, isPassedOn, after, disarm) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const set: Trap = { text, isPassedOn, after: after ?? null, armed: new WeakSet(), sprung: resolve };
      trap = set;
      disarm?.addEventListener("abort", () => {
        if (trap === set) trap = null;
      });
      return promise;
    },
    async close() {
      for (const socket of [...sockets, ...abandoned]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes to this socket, in order, each piece so much later. @returns whether the socket takes more */
function delayed(to: Socket): (data: Buffer, ms: number) => boolean {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return function write(data, ms) {
    if (ms === 0 && waiting === 0) return to.write(data);
    waiting += 1;
    last = last
      .then(() => pause(ms))
      .then(() => {
        waiting -= 1;
        to.write(data);
      });
    return true;
  };
}
