import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../../support/eventually.ts";
import { Failures, type Tried } from "../check.ts";
import { type House, type HouseOptions, withHouse } from "../approvals/world/house.ts";
import { HeldCallers } from "./held-callers.ts";
import { LateCalls } from "./late-calls.ts";
import { Load } from "./load.ts";
import { LoadBalancer } from "./load-balancer.ts";

export const replicas = 3;
const heldEach = 6;
/** The load balancer, a process beside many others, has so long to notice. */
const drain = "4s";
/** Longer than `drain`. */
const longMs = 5_000;
/** Each approval of held calls is a sign-in, and one account has a bounded number of them: whoever works at the console meanwhile has another. */
const users = ["approver", "voter"].map((name) => ({
  name,
  roles: ["payments-approver", "data-approver", "operator"],
}));

/** Three gateways on one database behind a load balancer that honours readiness, while agents and people use them. */
export interface Scene {
  readonly house: House;
  readonly failures: Failures;
  /** Stops the gateway at this place and starts it again, while calls wait for people that are approved afterwards. `before`: what comes before its start. */
  restart(at: number, name: string, before?: () => void): Promise<void>;
}

/** @param of the house, beyond what this scene needs */
export async function underLoad(
  of: Pick<HouseOptions, "store" | "root">,
  during: (scene: Scene) => Promise<number>,
): Promise<Tried> {
  const ports = { agents: await freePort(), console: await freePort() };
  const [agents, console] = [`http://127.0.0.1:${ports.agents}`, `http://127.0.0.1:${ports.console}`];
  const urls = { publicUrl: agents, consoleUrl: console };
  // What a caller has read before must not decide whether its next call is held.
  const catalog = { read_customer: { mutates: false } };
  const limits = { drain, finish: "20s" };
  return withHouse({ ...of, ...urls, catalog, limits, users, gateways: replicas }, async (house) => {
    const failures = new Failures();
    const [password, voter] = await Promise.all([passwordOf(house, "approver"), passwordOf(house, "voter")]);
    const late = new LateCalls(house, failures);
    house.upstream.onExecution = ({ item }) => (item.startsWith("long-") ? pause(longMs) : late.heldBack(item));
    const backends = house.gateways.map((one) => ({ agents: one.caller.origin, console: one.console }));
    const balancer = await LoadBalancer.open(join(house.dir, "nginx"), ports, backends);
    const deps = { agents, console, password, failures, issuer: house.issuer, seal: house.seal };
    const [load, held] = [new Load(deps), new HeldCallers({ ...deps, password: voter }, house)];
    let holds = 0;
    const parts = { house, balancer, late, failures };
    const scene: Scene = {
      house,
      failures,
      restart: async (at, name, before) => {
        holds += await held.during(`held-${name}`, heldEach, () => restart(parts, `late-${name}`, at, before));
      },
    };
    try {
      load.start();
      const count = await during(scene);
      await load.stop();
      judge(house, load, failures);
      const figures = { ...load.figures, holds, told: held.told, late: late.answered };
      for (const [what, times] of Object.entries(figures))
        if (times === 0) failures.add(`nothing was tried of: ${what}`);
      // What the load balancer says of its gateways: why it has answered with a 502.
      if (failures.list().length > 0) failures.add(`nginx: ${balancer.output().slice(-380)}`);
      return { count, failures: failures.list(), figures };
    } finally {
      held.close();
      await load.stop();
      await balancer.close();
    }
  });
}

function passwordOf({ gateways }: House, name: string): Promise<string> {
  return gateways[0]!.passwordOf(name);
}

function judge({ upstream }: House, load: Load, failures: Failures): void {
  for (const item of load.answered)
    if (upstream.count(item) !== 1) failures.add(`${item} was executed ${upstream.count(item)} times`);
}

interface Parts {
  readonly house: House;
  readonly balancer: LoadBalancer;
  readonly late: LateCalls;
  readonly failures: Failures;
}

async function restart(
  { house, balancer, late, failures }: Parts,
  name: string,
  at: number,
  before?: () => void,
): Promise<void> {
  const gateway = house.gateways[at]!;
  await late.during(name, gateway, async () => {
    const ending = gateway.kill("SIGTERM");
    await eventually("the load balancer leaves it out", () => (balancer.isReady(at) ? null : true));
    await ending;
  });
  if (gateway.exitCode() !== 0)
    failures.add(`a gateway has ended with ${gateway.exitCode()}: ${gateway.output().slice(-300)}`);
  before?.();
  await gateway.startAgain();
  await eventually("the load balancer takes it in again", () => (balancer.isReady(at) ? true : null));
}
