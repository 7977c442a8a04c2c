import { join } from "node:path";
import { ownVersion } from "../machine/versions.ts";
import type { Peer } from "../peer.ts";
import { type GatewayOptions, startBenchGateway } from "../world/gateway.ts";

export function gatewayPeer(name: string, durability: GatewayOptions["durability"]): Peer {
  return {
    version: () => `sallyport ${ownVersion()}`,
    start: async ({ dir, pins, upstream, keyFile, nodeFlags }) => {
      const place = { dir: join(dir, name), origin: upstream.origin, keyFile, cpu: pins.gateway, nodeFlags };
      const { origin, pid, prune, stop } = await startBenchGateway({ ...place, durability });
      return { origin, pids: [pid], tidy: prune, stop };
    },
  };
}
