import type { Check, Tried } from "../check.ts";
import { Failures } from "../check.ts";
import { fromAllSides } from "./world/attempts.ts";
import { heldId } from "./world/caller.ts";
import { type House, settled, withHouse } from "./world/house.ts";
import { inParallel } from "./world/in-parallel.ts";
import { approveAll } from "./world/person.ts";
import { Tally } from "./world/tally.ts";
import { gatewaysOfProofs } from "../world/shared-store.ts";

const perApproval = 100;
const path = "/payments/v1/transfers";

/** However many ask at once, of however many processes: an approval is good for one execution. */
export const releaseRace: Check = {
  name: "release-race",
  full: 100_000,
  quick: 5_000,
  run: ({ count, progress }) =>
    withHouse({ gateways: gatewaysOfProofs() }, async (house) => {
      const token = await house.issuer.token({ sub: "refund-bot" });
      const items = Array.from({ length: Math.max(1, Math.round(count / perApproval)) }, (_, at) => `race-${at}`);
      await holdAndApprove(house, token, items);
      const tally = new Tally();
      const began = performance.now();
      const plan = items.map((item) => ({ item, times: perApproval }));
      await fromAllSides(house, { path, tokens: house.gateways.map(() => token), plan }, tally, progress);
      const seconds = (performance.now() - began) / 1_000;
      await settled(house);
      return verdict(house, items, tally, seconds);
    }),
};

async function holdAndApprove(house: House, token: string, items: readonly string[]): Promise<void> {
  await inParallel(items, 32, async (item, at) => {
    const answer = await house.gateways[at % house.gateways.length]!.caller.call({ path, token, json: { item } });
    if (heldId(answer) === null)
      throw new Error(`${item} was not held: ${answer.status} ${JSON.stringify(answer.body)}`);
  });
  const held = await house.look((store) => store.list({ states: ["held"], limit: items.length + 1 }));
  const people = await Promise.all(house.gateways.map((gateway) => gateway.person()));
  const approved = await approveAll(people, held);
  if (held.length !== items.length || approved.size !== items.length)
    throw new Error(`${items.length} calls, ${held.length} held, ${approved.size} approved`);
}

async function verdict(house: House, items: readonly string[], tally: Tally, seconds: number): Promise<Tried> {
  const failures = new Failures();
  const { upstream } = house;
  for (const item of items) {
    const times = upstream.count(item);
    if (times !== 1) failures.add(`${item} was executed ${times} times`);
  }
  if (upstream.executed.length !== items.length)
    failures.add(`${upstream.executed.length} executions of ${items.length} approvals`);
  if (tally.of("200") !== items.length) failures.add(`${tally.of("200")} callers were told of a success`);
  for (const one of tally.others(["200", "202", "409 approval_consumed"])) failures.add(`unexpected answer: ${one}`);
  const { delivered, open } = await house.look(async (store) => ({
    delivered: await store.list({ states: ["delivered"], limit: 1_000_000 }),
    open: await store.list({ states: ["held", "approved", "released", "unknown", "failed"], limit: 1_000_000 }),
  }));
  if (delivered.length !== items.length) failures.add(`${delivered.length} items are delivered`);
  // Whoever came too late asked anew; the same question is put to people once.
  const asked = new Set(open.map((item) => item.request_digest));
  if (asked.size !== open.length) failures.add(`${open.length - asked.size} calls have two open items`);
  for (const { id, state } of open) if (state !== "held") failures.add(`${id} is ${state}`);
  return {
    count: tally.total,
    failures: failures.list(),
    figures: {
      approvals: items.length,
      executions: upstream.executed.length,
      lost: tally.of("409 approval_consumed"),
      asked_anew: tally.of("202"),
      attempts_per_second: Math.round(tally.total / seconds),
    },
  };
}
