import { eventually } from "../../../support/eventually.ts";
import { heldId } from "../../approvals/world/caller.ts";
import { type House, withHouse } from "../../approvals/world/house.ts";
import { type Check, Failures } from "../../check.ts";

const path = "/payments/v1/transfers";
/** Beside other tests the machine decides how long it takes. */
const withinMs = { full: 10_000, slice: 30_000 };

/**
 * Each of three gateways has an approved call under way when one of them is killed: another finds within ten seconds that nobody knows how that
 * one's ended, and the calls of those that live end as they end.
 */
export const interrupted: Check = {
  name: "interrupted",
  full: 10,
  quick: 1,
  run: ({ count, random, progress }) =>
    withHouse({ gateways: 3 }, async (house) => {
      const failures = new Failures();
      const took: number[] = [];
      for (let round = 0; round < count; round++) {
        const answers = Promise.withResolvers<void>();
        house.upstream.onExecution = () => answers.promise;
        const ids = await underWay(house, round);
        const victim = random.below(house.gateways.length);
        await house.gateways[victim]!.kill("SIGKILL");
        const killed = performance.now();
        await eventually("what it had under way is unknown", async () =>
          (await stateOf(house, ids[victim]!)) === "unknown" ? true : null,
        );
        took.push(Math.round(performance.now() - killed));
        const living = ids.filter((_, at) => at !== victim);
        for (const id of living)
          if ((await stateOf(house, id)) !== "released")
            failures.add(`a call of a gateway that lives is ${await stateOf(house, id)}`);
        answers.resolve();
        for (const id of living)
          await eventually("it ends", async () => ((await stateOf(house, id)) === "delivered" ? true : null));
        await house.gateways[victim]!.caller.reconnect();
        await house.gateways[victim]!.startAgain();
        progress(round + 1);
      }
      const most = Math.max(...took);
      if (most > (count >= interrupted.full ? withinMs.full : withinMs.slice))
        failures.add(`it was found out after ${most} ms`);
      return {
        count,
        failures: failures.list(),
        figures: { unknown_after_ms_least: Math.min(...took), unknown_after_ms_most: most },
      };
    }),
};

/** An approved call at each gateway, which its tool server carries out and does not answer. @returns the ids of their approvals */
async function underWay({ gateways, issuer, upstream }: House, round: number): Promise<string[]> {
  const token = await issuer.token({ sub: `round-${round}` });
  const ids: string[] = [];
  for (const [at, gateway] of gateways.entries()) {
    const call = { path, token, json: { item: `interrupted-${round}-${at}` } };
    const id = heldId(await gateway.caller.call(call)) ?? "";
    await (await gateway.person()).vote(id);
    // One that is cut rejects.
    void gateway.caller.call(call).catch(() => undefined);
    await eventually("it is carried out", () => (upstream.count(call.json.item) === 1 ? true : null));
    ids.push(id);
  }
  return ids;
}

function stateOf({ look }: House, id: string): Promise<string | undefined> {
  return look(async (store) => (await store.get(id))?.state);
}
