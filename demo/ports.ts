import { createServer } from "node:net";
import type { Terminal } from "./terminal.ts";
import { anyPorts, type Ports, standardPorts } from "./world.ts";

/** The requested ports. null: the standard ones, or any free ones when those are taken. 0: any free ones. */
export async function portsFor(asked: number | null, out: Terminal): Promise<Ports> {
  if (asked === 0) return anyPorts();
  if (asked !== null) return { ...(await anyPorts()), agents: asked, console: asked + 1 };
  for (const port of Object.values(standardPorts)) {
    if (await isFree(port)) continue;
    out.say(`port ${port} is taken, so the demo uses free ports`);
    return anyPorts();
  }
  return standardPorts;
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((done) => {
    server.once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}
