import { join } from "node:path";
import { programVersion } from "../machine/facts.ts";
import type { Peer } from "../peer.ts";
import { startAnsweringNginx } from "../world/nginx.ts";

/** The floor of what a request can cost: nothing is forwarded. */
export const peer: Peer = {
  version: () => `nginx ${programVersion("nginx", ["-v"], /nginx\/(\S+)/)}`,
  start: async ({ dir, pins, answerKb }) => {
    const { origin, pid, stop } = await startAnsweringNginx(join(dir, "nginx-direct"), pins.gateway, answerKb * 1024);
    return { origin, pids: [pid], forwards: false, stop };
  },
};
