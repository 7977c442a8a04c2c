import { Agent, request } from "node:http";
import { type Check, type CheckContext, Failures, type Random, type Tried } from "../check.ts";
import { type VerifiedGateway, withGateway } from "../world/gateway.ts";
import type { DigestingUpstream } from "../world/upstream.ts";
import { spoofingNames } from "./names.ts";

const CANARY = "canary-9f2c";
const AT_ONCE = 16;
const cases: readonly ((name: string, random: Random) => string)[] = [
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.replace(/(^|-)([a-z])/g, (all) => all.toUpperCase()),
  (name, random) => [...name].map((letter) => (random.chance(0.5) ? letter.toUpperCase() : letter)).join(""),
];
const dashes: readonly ((name: string, random: Random) => string)[] = [
  (name) => name,
  (name) => name.replaceAll("-", "_"),
  (name, random) => name.replaceAll("-", () => (random.chance(0.5) ? "_" : "-")),
];

/** Nothing by which a caller could pass for the gateway, or for somebody else, reaches the tool server. */
export const spoofedHeaders: Check = {
  name: "spoofed-headers",
  full: spoofingNames.length,
  quick: 60,
  run: (context) => withGateway({}, (gateway, upstream) => prove(gateway, upstream, context)),
};

async function prove(
  gateway: VerifiedGateway,
  upstream: DigestingUpstream,
  { count, random, progress }: CheckContext,
): Promise<Tried> {
  const failures = new Failures();
  const leaked = new Set<string>();
  upstream.onRequest(({ rawHeaders }) => {
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at]?.toLowerCase() ?? "";
      if (!rawHeaders[at + 1]?.includes(CANARY) || leaked.has(name)) continue;
      leaked.add(name);
      failures.add(`the tool server got ${name}: ${rawHeaders[at + 1]}`);
    }
  });
  const names =
    count >= spoofingNames.length ? spoofingNames : Array.from({ length: count }, () => random.pick(spoofingNames));
  const variants = names.flatMap((name) => variantsOf(name, random));
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const statuses = new Map<number, number>();
  let next = 0;
  const client = async (): Promise<void> => {
    for (let headers = variants[next++]; headers !== undefined; headers = variants[next++]) {
      const status = await ask(gateway, agent, headers);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // A name may mean something to the gateway itself, which then finds the value wanting.
      if (status !== 200 && status !== 400 && status !== 401) failures.add(`answered ${status}: ${headers.join(" ")}`);
      progress(next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  agent.destroy();
  const through = statuses.get(200) ?? 0;
  if (through < variants.length / 4)
    failures.add(`only ${through} of ${variants.length} requests got through, too few to say anything`);
  return {
    count: variants.length,
    failures: failures.list(),
    figures: { names: names.length, forwarded: through, refused: variants.length - through },
  };
}

/** Header lists: each way of writing a name, given once and twice. */
function variantsOf(name: string, random: Random): string[][] {
  return cases.flatMap((inCase) =>
    dashes.flatMap((withDashes) => {
      const written = inCase(withDashes(name, random), random);
      return [
        [written, CANARY],
        [written, CANARY, inCase(name, random), `${CANARY}-2`],
      ];
    }),
  );
}

function ask({ port, host, tokens }: VerifiedGateway, agent: Agent, extra: readonly string[]): Promise<number> {
  const headers = ["Host", host, "Authorization", `Bearer ${tokens.payments}`, ...extra];
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path: "/payments/v1/orders/o-1", agent, headers }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.on("error", reject).end();
  });
}
