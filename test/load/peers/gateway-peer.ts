import { join } from "node:path";
import { versionOf } from "../machine/versions.ts";
import type { Peer } from "../peer.ts";
import { type GatewayOptions, ownRoot, startBenchGateway } from "../world/gateway.ts";

/** How a gateway differs from that of the standard row. */
export type GatewayChanges = Partial<Pick<GatewayOptions, "root" | "policyFolder" | "route" | "upstream">>;

/** The gateway of this checkout, or of that in the folder `root`. */
export function gatewayPeer(
  name: string,
  durability: GatewayOptions["durability"],
  { root = ownRoot, ...changes }: GatewayChanges = {},
): Peer {
  return {
    version: () => `sallyport ${versionOf(root)}`,
    start: async ({ dir, pins, upstream, keyFile, nodeFlags, policyFolder }) => {
      const place = { root, dir: join(dir, name), origin: upstream.origin, keyFile, cpu: pins.gateway, nodeFlags };
      const gateway = await startBenchGateway({ ...place, durability, policyFolder, ...changes });
      const { origin, pid, prune, recordBytes, stop } = gateway;
      return { origin, pids: [pid], tidy: prune, recordBytes, stop };
    },
  };
}
