import { type Check, Failures } from "../check.ts";
import { heldId } from "../approvals/world/caller.ts";
import { settled, withHouse } from "../approvals/world/house.ts";
import { inParallel } from "../approvals/world/in-parallel.ts";
import { widest } from "../approvals/world/policy.ts";
import { Tally } from "../approvals/world/tally.ts";

const path = "/payments/v1/subscriptions";
/** Uses of each permission, and calls that want one. */
const uses = 100;
const attempts = 400;
const width = 48;

/** A permission for a hundred calls lets a hundred through, of all that ask three gateways at once. */
export const permittedCalls: Check = {
  name: "permitted-calls",
  full: 20_000,
  quick: attempts,
  run: ({ count, progress }) =>
    withHouse({ gateways: 3 }, async (house) => {
      const { gateways, issuer, upstream } = house;
      const [tally, failures] = [new Tally(), new Failures()];
      const person = await gateways[0]!.person();
      const permissions = Math.max(1, Math.round(count / attempts));
      for (let at = 0; at < permissions; at++) {
        const item = `limit-${at}`;
        // A session at each gateway: of one that goes to several at once it is not known what it has read, so that people are asked anew.
        const callers = await Promise.all(
          gateways.map(async ({ caller }, sid) => {
            const token = await issuer.token({ sub: `subscriber-${at}`, sid: String(sid) });
            return () => caller.call({ path, token, json: { item } });
          }),
        );
        const call = (to: number) => callers[to % callers.length]!();
        const id = heldId(await call(at)) ?? "";
        await person.vote(id, { grant: { ...widest, uses } });
        // The approved call itself: whoever comes at the same moment may want that one, and lose.
        tally.add(await call(at));
        await inParallel(Array.from({ length: attempts - 1 }), width, async (_, to) => {
          tally.add(await call(to));
          progress(tally.total);
        });
        if (upstream.count(item) !== uses)
          failures.add(`${item}, good for ${uses} calls, was executed ${upstream.count(item)} times`);
      }
      await settled(house);
      if (tally.of("200") !== permissions * uses) failures.add(`${tally.of("200")} callers were told of a success`);
      for (const one of tally.others(["200", "202", "409 approval_consumed"]))
        failures.add(`unexpected answer: ${one}`);
      const figures = { permissions, executions: upstream.executed.length, asked_anew: tally.of("202") };
      return { count: tally.total, failures: failures.list(), figures };
    }),
};
