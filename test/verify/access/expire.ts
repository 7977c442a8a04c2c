import { type Check, Failures } from "../check.ts";
import { withHouse } from "./world/house.ts";
import { openScene } from "./world/scene.ts";
import { judgeScene } from "./world/verdict.ts";

/** Long enough to open everything on a busy machine, with so many milliseconds for each call. */
const setUpMs = 8_000;
const eachMs = 40;

/** What was opened with a token ends with it, and not before; without anybody asking. */
export const expire: Check = {
  name: "expire",
  full: 200,
  quick: 40,
  run: ({ count }) =>
    withHouse(2, async (house) => {
      const failures = new Failures();
      const expires = Math.ceil((Date.now() + setUpMs + count * eachMs) / 1_000);
      const token = await house.issuer.token({ sub: "short-lived" }, { expires });
      const amounts = { calls: count, held: 0, streams: Math.ceil(count / 2) };
      const scene = await openScene(house, "short-lived", token, amounts);
      const at = performance.now() + expires * 1_000 - Date.now();
      if (performance.now() >= at) throw new Error("the token expired before everything was open");
      const figures = await judgeScene(house, scene, { at, by: { kind: "token", id: null } }, failures);
      for (const { item } of [...scene.calls, ...scene.streams]) {
        const early = at - (house.upstream.of(item)[0]?.cutAt ?? at);
        // The two clocks of the machine are read one after the other.
        if (early > 5) failures.add(`${item} was cut ${Math.round(early)} ms before the token's end`);
      }
      return { count: amounts.calls + amounts.streams, failures: failures.list(), figures: { ...figures } };
    }),
};

/** A key file is read again after so many milliseconds at most. */
const refreshMs = 5_000;

/** What was opened with a token ends when its issuer withdraws the key that signed it, though nobody calls any more. */
export const keyWithdrawn: Check = {
  name: "key-withdrawn",
  full: 200,
  quick: 20,
  run: ({ count }) =>
    withHouse(2, async (house) => {
      const failures = new Failures();
      const token = await house.issuer.token({ sub: "key-holder" });
      const other = await house.other.token({ sub: "other-holder" });
      const amounts = { calls: count, held: 0, streams: Math.ceil(count / 2) };
      const scene = await openScene(house, "key-holder", token, amounts);
      const bystanders = await openScene(house, "other-holder", other, { calls: 4, held: 0, streams: 3 });
      await house.issuer.withdraw();
      const end = { at: performance.now() + refreshMs, by: { kind: "token" as const, id: null } };
      const figures = await judgeScene(house, scene, end, failures);
      for (const { item } of [...bystanders.calls, ...bystanders.streams])
        if (house.upstream.of(item)[0]?.cutAt !== null)
          failures.add(`${item} stands on another issuer's key, and was cut`);
      return { count: amounts.calls + amounts.streams, failures: failures.list(), figures: { ...figures } };
    }),
};
