import { type Check, Failures } from "../../check.ts";
import { heldId } from "../world/caller.ts";
import { type House, withHouse } from "../world/house.ts";
import { inParallel } from "../world/in-parallel.ts";
import { countingUpstream } from "../world/upstream.ts";
import { randomVariant } from "./random-variants.ts";
import { placesOf, tryStored } from "./stored.ts";
import { trySame, tryVariant } from "./try-variant.ts";
import { made, sameCalls, type Variant, variants } from "./variants.ts";
import { tryWorldChange, worldChanges } from "./world-changes.ts";

/**
 * A call is approved, and one that differs from it in one bound field comes: it does not run under that approval. Every
 * field on the wire where a caller can change it, in the store, and in the world around; then random calls.
 */
export const boundFields: Check = {
  name: "bound-fields",
  full: 2_000,
  quick: 120,
  run: ({ count, random, progress }) =>
    withHouse({}, async (house) => {
      const failures = new Failures();
      const binding = await someBinding(house);
      const fields = Object.keys(binding);
      for (const field of fields)
        if (!Object.hasOwn(variants, field)) failures.add(`the bound field ${field} is in no table of this check`);
      const places = placesOf(binding);
      const onTheWire = Object.values(variants).flatMap((some): readonly Variant[] => some ?? []);
      const rest = Math.max(0, count - onTheWire.length - places.length - worldChanges.length - sameCalls.length);
      const chosen = [...onTheWire, ...Array.from({ length: rest }, () => randomVariant(random))];
      const person = await house.gateways[0]!.person();
      let done = 0;
      const judged = (problem: string | null): void => {
        if (problem !== null) failures.add(problem);
        progress(++done);
      };
      await inParallel(chosen, 8, async (variant, at) =>
        judged(await tryVariant(house, person, `wire-${at}`, variant)),
      );
      await inParallel(sameCalls, 4, async (variant, at) =>
        judged(await trySame(house, person, `same-${at}`, variant)),
      );
      await inParallel(places, 4, async (place, at) => judged(await tryStored(house, person, `stored-${at}`, place)));
      const elsewhere = await countingUpstream();
      try {
        for (const [at, change] of worldChanges.entries())
          judged(await tryWorldChange(house, elsewhere, `world-${at}`, change));
      } finally {
        await elsewhere.close();
      }
      const figures = {
        fields: fields.length,
        wire: onTheWire.length,
        stored: places.length,
        world: worldChanges.length,
        same: sameCalls.length,
        random: rest,
      };
      return { count: done, failures: failures.list(), figures };
    }),
};

/** As the gateway binds a call today. */
async function someBinding(house: House): Promise<object> {
  const answer = await house.gateways[0]!.caller.call(await made(house, "first", { json: { amount: 1 } }));
  const approval = await house.look((store) => store.get(heldId(answer) ?? ""));
  if (approval === null) throw new Error(`no call was held: ${answer.status} ${JSON.stringify(answer.body)}`);
  return approval.binding;
}
