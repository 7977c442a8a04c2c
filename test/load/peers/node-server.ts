import type { RequestListener } from "node:http";
import { join } from "node:path";
import type { Peer } from "../peer.ts";
import { type Running, startProcess } from "../machine/process.ts";
import type { World } from "../world/world.ts";

/** What a peer's own process is told. */
export interface Place {
  /** Origin of the upstream. */
  readonly upstream: string;
  readonly publicKeyPem: string;
  readonly audience: string;
  /** Folder with document.json, policy.wasm and data.json. */
  readonly dir: string;
  /** Origin of the OPA server; empty for peers that have none. */
  readonly opa: string;
}

/** A peer's handler, made inside its process. */
export type Serve = (place: Place) => RequestListener | Promise<RequestListener>;

/** A peer that is one Node process running the `serve` of the peer's own file. */
export function nodePeer(name: string, version: () => string): Peer {
  return {
    version,
    start: async (world) => {
      const { origin, running } = await startNodeServer(name, world);
      return { origin, pids: [running.pid], stop: () => running.stop() };
    },
  };
}

export async function startNodeServer(
  name: string,
  { upstream, publicKeyPem, dir, nodeFlags, pins }: World,
  opa = "",
): Promise<{ origin: string; running: Running }> {
  const place: Place = { upstream: upstream.origin, publicKeyPem, audience: "urn:bench:crm", dir, opa };
  const program = join("test", "load", "serve-peer", "main.ts");
  const command = [process.execPath, ...nodeFlags, program, name, JSON.stringify(place)];
  const running = startProcess(command, { cpu: pins.gateway });
  try {
    const port = await running.waitFor((output) => /^port (\d+)$/m.exec(output)?.[1] ?? null);
    return { origin: `http://127.0.0.1:${port}`, running };
  } catch (failure) {
    await running.stop();
    throw failure;
  }
}
