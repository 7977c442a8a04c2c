import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Passes connections on until they are cut. */
export interface CuttingProxy {
  readonly origin: string;
  /** Breaks off all connections that are open; later ones pass. @returns how many */
  cut(): number;
  close(): Promise<void>;
}

export async function cuttingProxy(to: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(to);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const beyond = connect(Number(port), hostname);
    open.add(socket);
    socket.pipe(beyond).pipe(socket);
    for (const [one, other] of [
      [socket, beyond],
      [beyond, socket],
    ] as const)
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const cut = (): number => {
    const all = [...open];
    for (const socket of all) socket.destroy();
    return all.length;
  };
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    close: () => {
      cut();
      return new Promise((done) => void server.close(() => done()));
    },
  };
}
