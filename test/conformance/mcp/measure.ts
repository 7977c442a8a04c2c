import { fileURLToPath } from "node:url";
import { scenarios as scenariosOfClients } from "./client/scenarios.ts";
import { compare, type Difference, insecure, joined, namedAfter } from "./compare.ts";
import { authorizingGateway } from "./authorizing-gateway.ts";
import { type Checks, revisions, runAuthorizationSuite, runClientSuite, runSuite } from "./suite.ts";
import { toolNames } from "./tool-names.ts";
import { startUpstream, type Upstream, type UpstreamScript } from "./upstreams.ts";
import { behindGateway } from "./world.ts";

const timeoutMs = 30_000;
/** A gateway starts in it, perhaps beside other work. */
const clientTimeoutMs = 120_000;

/** Runs the suite against each server, direct and through a gateway of its own. `scenarios`: null for all that are required. */
export async function measure(
  scripts: readonly UpstreamScript[],
  scenarios: readonly string[] | null,
  say: (text: string) => void,
): Promise<Difference> {
  let all: Difference = { both: [], lost: [], gained: [] };
  for (const script of scripts) {
    const asked = only(script, scenarios);
    if (asked?.length === 0) continue;
    const upstream = await startUpstream(script);
    try {
      all = joined(all, namedAfter(upstream.name, await measureOne(upstream, { ...script, scenarios: asked }, say)));
    } finally {
      await upstream.stop();
    }
  }
  return all;
}

const only = ({ only: these }: UpstreamScript, scenarios: readonly string[] | null): readonly string[] | null =>
  these === null ? scenarios : these.filter((scenario) => scenarios?.includes(scenario) ?? true);

async function measureOne(
  upstream: Upstream,
  { scenarios, speaks }: Pick<UpstreamScript, "speaks"> & { readonly scenarios: readonly string[] | null },
  say: (text: string) => void,
): Promise<Difference> {
  const url = `${upstream.origin}/mcp`;
  const behind = await behindGateway(upstream, await toolNames(url));
  try {
    const direct = await checksOf(url, scenarios);
    const through = await checksOf(behind.url, scenarios);
    const asked = (scenario: string): boolean => scenarios === null || scenarios.includes(scenario);
    const found = compare(direct, through);
    const difference = { ...found, lost: [...new Set([...found.lost, ...insecure(through, speaks, asked)])] };
    tell(upstream.name, { direct, through, difference }, say);
    return difference;
  } finally {
    await behind.close();
  }
}

const clientScript = fileURLToPath(new URL("client/main.ts", import.meta.url));

/** Runs the suite's scenarios for clients, whose client is ours: straight at the suite's server, and through a gateway. */
export async function measureClient(say: (text: string) => void): Promise<Difference> {
  const checksBy = async (...more: readonly string[]): Promise<Checks> => {
    const found: [string, boolean][] = [];
    const command = [process.execPath, clientScript, ...more].join(" ");
    for (const revision of revisions)
      for (const scenario of Object.keys(scenariosOfClients[revision]))
        found.push(...(await runClientSuite(command, { revision, scenario, timeoutMs: clientTimeoutMs })));
    return new Map(found);
  };
  const [direct, through] = [await checksBy(), await checksBy("--behind")];
  const difference = compare(direct, through);
  tell("client", { direct, through, difference }, say);
  return namedAfter("client", difference);
}

/**
 * Runs the suite's scenarios for authorization servers against the gateway as one. There is nothing to compare it with: what fails is
 * lost.
 */
export async function measureAuthorization(say: (text: string) => void): Promise<Difference> {
  const server = await authorizingGateway();
  try {
    const found: [string, boolean][] = [];
    for (const revision of revisions) found.push(...(await runAuthorizationSuite(revision, server)));
    say(["the gateway's authorization server", ...listed(new Map(found))].join("\n"));
    const named = (passed: boolean) => found.filter((one) => one[1] === passed).map(([check]) => check);
    return namedAfter("authorization", { both: named(true), lost: named(false), gained: [] });
  } finally {
    await server.close();
  }
}

async function checksOf(url: string, scenarios: readonly string[] | null): Promise<Checks> {
  const found: [string, boolean][] = [];
  for (const revision of revisions)
    for (const scenario of scenarios ?? [null]) found.push(...(await runSuite({ url, revision, scenario, timeoutMs })));
  return new Map(found);
}

interface Found {
  readonly direct: Checks;
  readonly through: Checks;
  readonly difference: Difference;
}

function tell(name: string, { direct, through, difference }: Found, say: (text: string) => void): void {
  say([`${name}, direct`, ...listed(direct), `${name}, through the gateway`, ...listed(through)].join("\n"));
  const { both, lost, gained } = difference;
  say(`${name}: ${both.length} pass on both ways, ${lost.length} are lost, ${gained.length} are gained`);
  for (const check of lost) say(`  lost    ${check}`);
  for (const check of gained) say(`  gained  ${check}`);
}

function listed(checks: Checks): string[] {
  return [...checks].map(([check, passed]) => `  ${passed ? "pass" : "fail"}  ${check}`).sort();
}
