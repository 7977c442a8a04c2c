import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inputOf } from "../../unit/decide/support/compile-rego.ts";
import { entrypointOf, good } from "./cases.ts";
import { decideAt, prepare } from "./engine.ts";
import { hostileInput } from "./hostile-input.ts";
import { givenPolicy } from "./messages.ts";

/** Judges each request in the thread that answers it, as the gateway does: `/good`, or `/<place>` for an adversarial case. */
async function main(): Promise<void> {
  const policy = await prepare(await givenPolicy());
  const [well, hostile] = [
    inputOf({ long: "x", words: Array.from({ length: 100 }, (_, i) => `w${i}`) }),
    hostileInput(),
  ];
  const server = createServer((req, res) => {
    const place = req.url === "/good" ? null : Number(req.url?.slice(1));
    const { effect } = decideAt(policy, place === null ? good : entrypointOf(place), place === null ? well : hostile);
    res.end(effect);
  });
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.once("disconnect", () => process.exit());
}

await main();
