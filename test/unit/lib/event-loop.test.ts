import { setImmediate as immediate } from "node:timers/promises";
import { batched, Turn } from "../../../gateway/lib/event-loop.ts";

test("goes on with all that is ready at the end of the turn, in order, and with what comes then in the next one", async () => {
  const turn = new Turn();
  const seen: string[] = [];
  turn.atEnd(() => {
    seen.push("first");
    turn.atEnd(() => seen.push("of the next turn"));
  });
  turn.atEnd(() => seen.push("second"));
  await Promise.resolve();
  expect(seen).toEqual([]);
  await immediate();
  expect(seen).toEqual(["first", "second"]);
  await immediate();
  expect(seen).toEqual(["first", "second", "of the next turn"]);
});

test("keeps what is ready for as many further turns as it is told to wait, with what comes in these", async () => {
  const answers = [true, true, false];
  const turn = new Turn(() => answers.shift() ?? false);
  const seen: string[] = [];
  turn.atEnd(() => seen.push("first"));
  await immediate();
  turn.atEnd(() => seen.push("second"));
  await immediate();
  expect(seen).toEqual([]);
  await immediate();
  expect(seen).toEqual(["first", "second"]);
});

describe("what is asked for in one turn", () => {
  const spoiled = new Error("spoiled");
  function loading(isOfKeys?: (failure: unknown) => boolean) {
    const loads: string[][] = [];
    const load = async (keys: readonly string[]): Promise<string[]> => {
      loads.push([...keys]);
      if (keys.includes("bad")) throw spoiled;
      return keys.map((key) => key.toUpperCase());
    };
    return { loads, ask: batched(load, isOfKeys) };
  }

  test("is loaded together, and each gets its own", async () => {
    const { loads, ask } = loading();
    expect(await Promise.all(["a", "b"].map(ask))).toEqual(["A", "B"]);
    expect(loads).toEqual([["a", "b"]]);
  });

  test("fails together", async () => {
    const { loads, ask } = loading();
    const [good, bad] = await Promise.allSettled(["a", "bad"].map(ask));
    expect([good?.status, bad?.status, loads.length]).toEqual(["rejected", "rejected", 1]);
  });

  test("is loaded one by one where one of the keys may be to blame, and only that one fails", async () => {
    const { loads, ask } = loading((failure) => failure === spoiled);
    const settled = await Promise.allSettled(["a", "bad", "c"].map(ask));
    expect(settled).toEqual([
      { status: "fulfilled", value: "A" },
      { status: "rejected", reason: spoiled },
      { status: "fulfilled", value: "C" },
    ]);
    expect(loads).toEqual([["a", "bad", "c"], ["a"], ["bad"], ["c"]]);
  });

  test("is loaded once when it is a single key that fails", async () => {
    const { loads, ask } = loading(() => true);
    await expect(ask("bad")).rejects.toBe(spoiled);
    expect(loads).toHaveLength(1);
  });
});
