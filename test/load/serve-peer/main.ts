/** node serve-peer/main.ts <name> <place as JSON>: the process of a peer that is a Node server; says `port N` when it listens. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { listedPeers } from "../peers/all.ts";
import type { Place, Serve } from "../peers/node-server.ts";

const [name, place = "{}"] = process.argv.slice(2);
const found = listedPeers.find((listed) => listed.name === name);
if (found === undefined) throw new Error(`no peer is named ${name}`);
const { serve } = (await found.load()) as unknown as { readonly serve: Serve };
const server = createServer(await serve(JSON.parse(place) as Place));
server.listen(0, "127.0.0.1", () => process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`));
process.once("SIGTERM", () => {
  server.close();
  // Not process.exit alone: a CPU profile is written when the loop ends by itself or by exit, never by a signal.
  process.exit(0);
});
