import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../../support/eventually.ts";
import { type Check, Failures } from "../check.ts";
import { type House, withHouse } from "../approvals/world/house.ts";
import { HeldCallers } from "./held-callers.ts";
import { LateCalls } from "./late-calls.ts";
import { Load } from "./load.ts";
import { LoadBalancer } from "./load-balancer.ts";

const replicas = 3;
const heldEach = 6;
/** Longer than `drain`. */
const longMs = 3_000;

/**
 * Three gateways on one database behind a load balancer that honours readiness. Each is stopped and started again, one after the
 * other, while agents call, wait for people and listen, and people work at the console: no request fails, and no held call is lost.
 */
export const rollingRestart: Check = {
  name: "rolling-restart",
  full: 10,
  quick: 1,
  async run({ count, progress }) {
    const ports = { agents: await freePort(), console: await freePort() };
    const [agents, console] = [`http://127.0.0.1:${ports.agents}`, `http://127.0.0.1:${ports.console}`];
    const urls = { publicUrl: agents, consoleUrl: console };
    // What a caller has read before must not decide whether its next call is held.
    const catalog = { read_customer: { mutates: false } };
    const limits = { drain: "2s", finish: "20s" };
    return withHouse({ ...urls, catalog, limits, gateways: replicas }, async (house) => {
      const failures = new Failures();
      const password = await house.gateways[0]!.passwordOf("approver");
      const late = new LateCalls(house, failures);
      house.upstream.onExecution = ({ item }) => (item.startsWith("long-") ? pause(longMs) : late.heldBack(item));
      const backends = house.gateways.map((one) => ({ agents: one.caller.origin, console: one.console }));
      const balancer = await LoadBalancer.open(join(house.dir, "nginx"), ports, backends);
      const deps = { agents, console, password, failures, issuer: house.issuer, seal: house.seal };
      const [load, held] = [new Load(deps), new HeldCallers(deps, house)];
      try {
        load.start();
        let holds = 0;
        for (let round = 0; round < count; round++) {
          for (let at = 0; at < replicas; at++)
            holds += await held.during(`held-${round}-${at}`, heldEach, () =>
              restart({ house, balancer, late, failures }, `late-${round}-${at}`, at),
            );
          progress(round + 1);
        }
        await load.stop();
        for (const item of load.answered)
          if (house.upstream.count(item) !== 1)
            failures.add(`${item} was executed ${house.upstream.count(item)} times`);
        const figures = { ...load.figures, holds, told: held.told, late: late.answered };
        for (const [what, times] of Object.entries(figures))
          if (times === 0) failures.add(`nothing was tried of: ${what}`);
        return { count: count * replicas, failures: failures.list(), figures };
      } finally {
        held.close();
        await load.stop();
        await balancer.close();
      }
    });
  },
};

interface Scene {
  readonly house: House;
  readonly balancer: LoadBalancer;
  readonly late: LateCalls;
  readonly failures: Failures;
}

async function restart({ house, balancer, late, failures }: Scene, name: string, at: number): Promise<void> {
  const gateway = house.gateways[at]!;
  await late.during(name, gateway, async () => {
    const ending = gateway.kill("SIGTERM");
    await eventually("the load balancer leaves it out", () => (balancer.isReady(at) ? null : true));
    await ending;
  });
  if (gateway.exitCode() !== 0)
    failures.add(`a gateway has ended with ${gateway.exitCode()}: ${gateway.output().slice(-300)}`);
  await gateway.startAgain();
  await eventually("the load balancer takes it in again", () => (balancer.isReady(at) ? true : null));
}
