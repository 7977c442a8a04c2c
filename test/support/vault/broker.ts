/**
 * The administration API of a message broker, as far as OpenBao's `rabbitmq` engine uses it: users appear when a secret is made, and
 * disappear when its lease is revoked. What makes, renews and revokes the leases is OpenBao itself.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Broker {
  readonly address: string;
  /** Users that exist now. */
  readonly users: ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startBroker(): Promise<Broker> {
  const users = new Set<string>();
  const server = createServer((req, res) => {
    const name = /^\/api\/users\/([^/]+)$/.exec(req.url ?? "")?.[1];
    if (name !== undefined && req.method === "PUT") users.add(decodeURIComponent(name));
    if (name !== undefined && req.method === "DELETE") users.delete(decodeURIComponent(name));
    req.resume().on("end", () => {
      if (req.method === "GET") res.setHeader("content-type", "application/json").end("[]");
      else res.writeHead(req.method === "DELETE" ? 204 : 201).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    users,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
