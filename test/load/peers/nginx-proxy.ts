import { join } from "node:path";
import { programVersion } from "../machine/facts.ts";
import type { Peer } from "../peer.ts";
import { startForwardingNginx } from "../world/nginx.ts";

export const peer: Peer = {
  version: () => `nginx ${programVersion("nginx", ["-v"], /nginx\/(\S+)/)}`,
  start: async ({ dir, pins, upstream }) => {
    const { origin, pid, stop } = await startForwardingNginx(join(dir, "nginx-proxy"), pins.gateway, upstream.origin);
    return { origin, pids: [pid], stop };
  },
};
