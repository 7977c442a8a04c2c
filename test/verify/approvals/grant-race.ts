import { type Check, Failures, type Random, type Tried } from "../check.ts";
import { fromAllSides } from "./world/attempts.ts";
import { heldId } from "./world/caller.ts";
import { type House, settled, withHouse } from "./world/house.ts";
import { inParallel } from "./world/in-parallel.ts";
import { widest } from "./world/policy.ts";
import { Tally } from "./world/tally.ts";

interface Granted {
  readonly item: string;
  readonly uses: number;
}

const path = "/payments/v1/subscriptions";
const perUse = 4;

/** A permission for so many calls is good for so many, however many ask at once of whichever process. */
export const grantRace: Check = {
  name: "grant-race",
  full: 20_000,
  quick: 800,
  run: ({ count, random, progress }) =>
    withHouse({ gateways: 2 }, async (house) => {
      // A session at each: of one that goes to both at once it is not known what it has read, so that people are asked anew.
      const tokens = await Promise.all(
        house.gateways.map((_, at) => house.issuer.token({ sub: "refund-bot", sid: `at-${at}` })),
      );
      const granted = await grant(house, tokens, grantsFor(count, random));
      const tally = new Tally();
      const plan = granted.map(({ item, uses }) => ({ item, times: uses * perUse }));
      await fromAllSides(house, { path, tokens, plan }, tally, progress);
      await useUp(house, tokens, granted, tally);
      await settled(house);
      return verdict(house, granted, tally);
    }),
};

/** Of 2 to 40 uses, until together they are asked for `count` times. */
function grantsFor(count: number, random: Random): Granted[] {
  const granted: Granted[] = [];
  for (let asked = 0; asked < count; asked += granted.at(-1)!.uses * perUse)
    granted.push({ item: `grant-${granted.length}`, uses: 2 + random.below(39) });
  return granted;
}

async function grant(house: House, tokens: readonly string[], wanted: readonly Granted[]): Promise<readonly Granted[]> {
  const people = await Promise.all(house.gateways.map((gateway) => gateway.person()));
  await inParallel(wanted, 8, async ({ item, uses }, at) => {
    const id = heldId(
      await house.gateways[at % 2]!.caller.call({ path, token: tokens[at % 2] as string, json: { item } }),
    );
    if (id === null) throw new Error(`${item} was not held`);
    const { status, body } = await people[at % 2]!.vote(id, { grant: { ...widest, uses } });
    if (body["state"] !== "approved") throw new Error(`${item} was not approved: ${status} ${JSON.stringify(body)}`);
  });
  return wanted;
}

/**
 * All who came while the approved call itself was still to be had may have wanted that one, and lost. What they left of
 * the permission is there for who comes after them.
 */
async function useUp(
  house: House,
  tokens: readonly string[],
  granted: readonly Granted[],
  tally: Tally,
): Promise<void> {
  await inParallel(granted, 8, async ({ item, uses }, at) => {
    for (let more = 0; more <= uses; more++) {
      const answer = await house.gateways[at % 2]!.caller.call({
        path,
        token: tokens[at % 2] as string,
        json: { item },
      });
      tally.add(answer);
      if (answer.status !== 200) return;
    }
  });
}

async function verdict({ upstream, look }: House, granted: readonly Granted[], tally: Tally): Promise<Tried> {
  const failures = new Failures();
  for (const { item, uses } of granted) {
    const times = upstream.count(item);
    if (times !== uses) failures.add(`${item}, good for ${uses} calls, was executed ${times} times`);
  }
  const uses = granted.reduce((sum, one) => sum + one.uses, 0);
  if (tally.of("200") !== uses) failures.add(`${tally.of("200")} callers of ${uses} were told of a success`);
  for (const one of tally.others(["200", "202", "409 approval_consumed"])) failures.add(`unexpected answer: ${one}`);
  const open = await look((store) => store.list({ states: ["held", "approved", "released"], limit: 1_000_000 }));
  const asked = new Set(open.map((item) => item.request_digest));
  if (asked.size !== open.length) failures.add(`${open.length - asked.size} calls have two open items`);
  const figures = { grants: granted.length, uses, executions: upstream.executed.length, asked_anew: tally.of("202") };
  return { count: tally.total, failures: failures.list(), figures };
}
