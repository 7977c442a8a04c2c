import { join } from "node:path";
import { versionOf } from "../machine/versions.ts";
import type { Peer } from "../peer.ts";
import { type GatewayOptions, ownRoot, startBenchGateway } from "../world/gateway.ts";

/** `root`: folder of the checkout whose gateway is started. */
export function gatewayPeer(name: string, durability: GatewayOptions["durability"], root = ownRoot): Peer {
  return {
    version: () => `sallyport ${versionOf(root)}`,
    start: async ({ dir, pins, upstream, keyFile, nodeFlags, policyFolder }) => {
      const place = { root, dir: join(dir, name), origin: upstream.origin, keyFile, cpu: pins.gateway, nodeFlags };
      const { origin, pid, prune, stop } = await startBenchGateway({ ...place, durability, policyFolder });
      return { origin, pids: [pid], tidy: prune, stop };
    },
  };
}
