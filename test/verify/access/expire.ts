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
