import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, writeDemoConfig } from "./gate/config-file.ts";
import { type Gateway, startGateway } from "./gate/start.ts";
import { startCrm, startPayments, type ToolServer } from "./tools/start.ts";

/** The running processes of the demo: two tool servers and the gateway. */
export interface World {
  readonly gateway: Gateway;
  readonly payments: ToolServer;
  readonly crm: ToolServer;
  readonly configFile: string;
  /** The one rule file of the copied layer that scenes edit. */
  readonly ruleFile: string;
  /** Ends the processes and removes the temporary folder. */
  close(): Promise<void>;
}

export interface Ports {
  readonly agents: number;
  readonly console: number;
  readonly payments: number;
  readonly crm: number;
}

/** Those of `demo/sallyport.yaml`. */
export const standardPorts: Ports = { agents: 8700, console: 8701, payments: 9101, crm: 9102 };

const keys = { DEMO_PAYMENTS_KEY: "demo-payments-key", DEMO_CRM_KEY: "demo-crm-key" };
const layer = fileURLToPath(new URL("policy", import.meta.url));
const frozenRule = fileURLToPath(new URL("scenes/frozen.rego", import.meta.url));
const switches = fileURLToPath(new URL("scenes/provenance.yaml", import.meta.url));

/** Any ports that are free now. */
export async function anyPorts(): Promise<Ports> {
  const [agents, console] = await Promise.all([freePort(), freePort()]);
  return { agents, console, payments: 0, crm: 0 };
}

/**
 * Starts all processes in a temporary folder, with a copy of the demonstration's layer of policy that may be edited. Held calls wait for
 * `decideWithin` seconds.
 */
export async function startWorld(ports: Ports, decideWithin: number): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-demo-"));
  const running: { stop(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(running.map((one) => one.stop()));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const ruleFile = await copyPolicy(dir, decideWithin);
    const [payments, crm] = await Promise.all([startPayments(ports.payments), startCrm(ports.crm)]);
    running.push(payments, crm);
    const origins = { payments: payments.origin, crm: crm.origin };
    const configFile = await writeDemoConfig({
      dir,
      agentsPort: ports.agents,
      consolePort: ports.console,
      origins,
      policy: join(dir, "policy"),
    });
    const gateway = await startGateway({ configFile, agentsPort: ports.agents, consolePort: ports.console, env: keys });
    running.unshift(gateway);
    return { gateway, payments, crm, configFile, ruleFile, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

async function copyPolicy(dir: string, decideWithin: number): Promise<string> {
  const copy = join(dir, "policy");
  await cp(layer, copy, { recursive: true });
  const approvers = join(copy, "sallyport/approvers/data.yaml");
  const text = (await readFile(approvers, "utf8")).replaceAll(
    /approve_within: \d+/g,
    `approve_within: ${decideWithin}`,
  );
  await writeFile(approvers, text);
  await mkdir(join(copy, "sallyport/provenance"));
  await cp(switches, join(copy, "sallyport/provenance/data.yaml"));
  // The library asks about an exfiltration chain; the demo shows the same rule as a deny.
  await rm(join(copy, "golden/holds-an-exfiltration-chain.json"));
  const folder = join(copy, "sallyport/rules/demo/frozen");
  await mkdir(folder, { recursive: true });
  const ruleFile = join(folder, "frozen.rego");
  await cp(frozenRule, ruleFile);
  return ruleFile;
}
