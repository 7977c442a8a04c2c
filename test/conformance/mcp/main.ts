import { basename } from "node:path";
import { parseArgs } from "node:util";
import { joined } from "./compare.ts";
import { measure, measureAuthorization, measureClient } from "./measure.ts";
import { revisions } from "./suite.ts";
import { lax, published, type UpstreamScript } from "./upstreams.ts";

/** The suite's other kinds of scenario, by the name for `--only`. */
const further = [
  ["client", measureClient],
  ["authorization", measureAuthorization],
] as const;

const standIn =
  'The suite\'s own server is not in its package: "SDK 2" stands in for it, with some of its tools. --server FILE runs it from its repository.';

/**
 * The official conformance suite, direct and through the gateway: `npm run conformance:mcp [-- --only NAME] [--server FILE]…
 * [--scenario NAME]…`. `--server`: another server, a script that listens on PORT, such as the suite's own from its repository; it answers both revisions. Both lists
 * and the difference on standard error; the last line on standard output is one JSON object. Exit 1 for anything that passes
 * direct and not through the gateway, for what of the transport's security does not pass through it, and for what the gateway fails as an authorization server.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      scenario: { type: "string", multiple: true },
      server: { type: "string", multiple: true, default: [] },
    },
  });
  const { only, scenario: scenarios = null, server } = values;
  const own = server.map((script): UpstreamScript => ({
    name: basename(script),
    script,
    args: [],
    speaks: revisions,
    only: null,
  }));
  const scripts = [...published, lax, ...own].filter(({ name }) => only === undefined || name.includes(only));
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  if (server.length === 0) say(standIn);
  const servers = await measure(scripts, scenarios, say);
  let found = servers;
  for (const [name, measureMore] of further)
    if (scenarios === null && (only === undefined || only === name)) found = joined(found, await measureMore(say));
  process.stdout.write(`${JSON.stringify(found)}\n`);
  return found.lost.length === 0 && found.both.length > 0 ? 0 : 1;
}

process.exitCode = await main();
