/** A line to PostgreSQL that can be cut, or go dead: a TCP proxy. */
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** `cut`: connections end and none is accepted. `dead`: nothing comes through, and nobody is told. */
export type LineState = "whole" | "cut" | "dead";

export interface Line {
  readonly port: number;
  set(state: LineState): void;
  /** The next data with this text is passed on, or not, and the line is cut before anything comes back. Resolves then. */
  cutAt(text: string, isPassedOn: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function lineTo(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let state: LineState = "whole";
  let trap: { readonly text: string; readonly isPassedOn: boolean; readonly sprung: () => void } | null = null;
  const server = createServer((near) => {
    if (state === "cut") return void near.destroy();
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.on("data", (data: Buffer) => {
        const sprung = one === near && trap !== null && data.includes(trap.text) ? trap : null;
        if (sprung === null) return void (other.write(data) || one.pause());
        trap = null;
        near.removeAllListeners("close").destroy();
        sockets.delete(near);
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
    cutAt(text, isPassedOn) {
      const { promise, resolve } = Promise.withResolvers<void>();
      trap = { text, isPassedOn, sprung: resolve };
      return promise;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
