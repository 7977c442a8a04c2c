/** A line to PostgreSQL that can be cut, or go dead: a TCP proxy. */
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** `cut`: connections end and none is accepted. `dead`: nothing comes through, and nobody is told. */
export type LineState = "whole" | "cut" | "dead";

export interface Line {
  readonly port: number;
  set(state: LineState): void;
  close(): Promise<void>;
}

export async function lineTo(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let state: LineState = "whole";
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
      one.on("data", (data) => {
        if (!other.write(data)) one.pause();
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
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
