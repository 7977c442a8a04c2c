import { setImmediate as endOfTurn } from "node:timers/promises";
import { batched } from "../../../gateway/lib/event-loop.ts";

function recording(load: (keys: readonly string[]) => Promise<readonly string[]>) {
  const loads: (readonly string[])[] = [];
  const ask = batched((keys: readonly string[]) => {
    loads.push(keys);
    return load(keys);
  });
  return { ask, loads };
}

const upper = (keys: readonly string[]) => Promise.resolve(keys.map((key) => key.toUpperCase()));

describe("questions of one turn of the event loop", () => {
  it("are loaded at once, and each gets its own answer", async () => {
    const { ask, loads } = recording(upper);
    const later = (async () => {
      for (let step = 0; step < 5; step++) await Promise.resolve();
      return ask("c");
    })();
    expect(await Promise.all([ask("a"), ask("b"), ask("a"), later])).toEqual(["A", "B", "A", "C"]);
    expect(loads).toEqual([["a", "b", "a", "c"]]);
  });

  it("are not joined to a load that has begun: what was written since then would be missing", async () => {
    const step = Promise.withResolvers<void>();
    const { ask, loads } = recording((keys) => step.promise.then(() => upper(keys)));
    const first = ask("a");
    await endOfTurn();
    const second = ask("a");
    step.resolve();
    expect(await Promise.all([first, second])).toEqual(["A", "A"]);
    expect(loads).toEqual([["a"], ["a"]]);
  });

  it("share a failure with nobody who asked in another turn", async () => {
    const step = Promise.withResolvers<never>();
    const { ask } = recording((keys) => (keys.includes("bad") ? step.promise : upper(keys)));
    const failing = Promise.allSettled([ask("bad"), ask("a")]);
    await endOfTurn();
    const next = ask("b");
    step.reject(new Error("no"));
    expect((await failing).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await next).toBe("B");
  });

  it("fail when there are fewer answers than questions", async () => {
    const { ask } = recording(async (keys) => keys.slice(1));
    const [one, other] = await Promise.allSettled([ask("a"), ask("b")]);
    expect([one.status, other.status]).toEqual(["rejected", "rejected"]);
  });
});
