import fc from "fast-check";
import { FairShare } from "../../../gateway/domain/fair-share.ts";
import { TestClock } from "../../support/builders.ts";

function share(full: "forget" | "refuse", capacity = 10, perAsker = 4) {
  const clock = new TestClock();
  const dropped: string[] = [];
  const options = { capacity, perAsker, full, clock, dropped: (value: string) => void dropped.push(value) };
  return { clock, dropped, shares: new FairShare<string>(options) };
}

/** Sets entries `<asker>1`, `<asker>2` and so on, whose values are their keys. */
function fill(shares: FairShare<string>, asker: string, times: number, lifetimeMs?: number): boolean[] {
  return Array.from({ length: times }, (_, index) => {
    const key = `${asker}${index + 1}`;
    return shares.set(asker, key, key, lifetimeMs);
  });
}

test("keeps a value until its time is over, and gives it out once to who takes it", () => {
  const { clock, shares } = share("forget");
  fill(shares, "a", 2, 1_000);
  clock.advance(999);
  expect([shares.get("a1"), shares.take("a1"), shares.take("a1"), shares.size]).toEqual(["a1", "a1", undefined, 1]);
  clock.advance(1);
  expect([shares.get("a2"), shares.take("a2"), shares.size]).toEqual([undefined, undefined, 0]);
});

test("drops the asker's own oldest entry when it has its share", () => {
  const { shares, dropped } = share("forget");
  fill(shares, "b", 1);
  fill(shares, "a", 5);
  expect(dropped).toEqual(["a1"]);
  expect([shares.get("b1"), shares.get("a2"), shares.get("a5")]).toEqual(["b1", "a2", "a5"]);
});

test("drops the greediest asker's oldest entry when there is no room for another's", () => {
  const { shares, dropped } = share("forget");
  fill(shares, "a", 3);
  fill(shares, "b", 4);
  fill(shares, "c", 3);
  fill(shares, "d", 1);
  expect(dropped).toEqual(["b1"]);
  expect([shares.size, shares.get("a1"), shares.get("c1"), shares.get("d1")]).toEqual([10, "a1", "c1", "d1"]);
});

test("counts a touched entry as its asker's youngest", () => {
  const { shares, dropped } = share("forget");
  fill(shares, "a", 4);
  shares.touch("a1");
  shares.set("a", "a5", "a5");
  expect(dropped).toEqual(["a2"]);
});

test("counts an entry that is used as its asker's youngest, until its time is over", () => {
  const { clock, shares, dropped } = share("forget");
  fill(shares, "a", 4, 1_000);
  expect([shares.use("a1"), shares.use("z1")]).toEqual(["a1", undefined]);
  shares.set("a", "a5", "a5");
  expect(dropped).toEqual(["a2"]);
  clock.advance(1_000);
  expect([shares.use("a1"), shares.use("a5")]).toEqual([undefined, "a5"]);
});

test("gives out the oldest entry of all, whoever's it is", () => {
  const { shares } = share("forget");
  fill(shares, "b", 1);
  fill(shares, "a", 2);
  expect([1, 2, 3, 4].map(() => shares.takeOldest())).toEqual(["b1", "a1", "a2", undefined]);
});

test("refuses an asker that has its share, and nobody else, where nothing may be forgotten", () => {
  const { shares, dropped } = share("refuse");
  expect(fill(shares, "a", 5)).toEqual([true, true, true, true, false]);
  expect(fill(shares, "b", 1)).toEqual([true]);
  expect([dropped, shares.get("a1")]).toEqual([[], "a1"]);
});

test("lets an asker with its share replace what it has", () => {
  const { shares } = share("refuse");
  fill(shares, "a", 4);
  expect([shares.set("a", "a1", "new"), shares.get("a1")]).toEqual([true, "new"]);
});

test("makes room at the cost of the greediest asker, who gets nothing new until what it lost would have expired", () => {
  const { clock, shares, dropped } = share("refuse");
  fill(shares, "a", 4, 1_000);
  fill(shares, "b", 3, 5_000);
  fill(shares, "c", 3, 5_000);
  expect(fill(shares, "d", 1)).toEqual([true]);
  expect([dropped, shares.size]).toEqual([["a1", "a2"], 10]);
  expect([shares.set("a", "a1", "a1"), shares.get("a3"), shares.get("b1")]).toEqual([false, "a3", "b1"]);
  clock.advance(1_250);
  expect(shares.set("a", "a1", "a1")).toBe(true);
});

test("keeps what stands for lost entries as long as the longest of them", () => {
  const { clock, shares } = share("refuse", 4, 4);
  shares.set("a", "long", "long", 60_000);
  fill(shares, "a", 3, 1_000);
  expect([...fill(shares, "b", 1), ...fill(shares, "c", 1)]).toEqual([true, true]);
  clock.advance(59_000);
  expect(shares.set("a", "more", "more")).toBe(false);
  clock.advance(1_250);
  expect(shares.set("a", "more", "more")).toBe(true);
});

test("refuses a newcomer when every asker has one place that may not be forgotten", () => {
  const { shares, dropped } = share("refuse", 3, 2);
  for (const asker of ["a", "b", "c"]) fill(shares, asker, 1);
  expect([fill(shares, "d", 1), dropped]).toEqual([[false], []]);
});

test("lists the values that have not expired", () => {
  const { clock, shares } = share("forget");
  fill(shares, "a", 2, 1_000);
  fill(shares, "b", 1);
  expect([...shares.values()].sort()).toEqual(["a1", "a2", "b1"]);
  clock.advance(1_000);
  expect([...shares.values()]).toEqual(["b1"]);
});

test("frees the places of expired entries while a longer one of the same asker stays", () => {
  const { clock, shares } = share("refuse", 1_000, 1_000);
  shares.set("a", "long", "long", 3_600_000);
  expect(fill(shares, "a", 999, 1_000)).not.toContain(false);
  clock.advance(1_250);
  expect(shares.size).toBe(1);
  expect(fill(shares, "a", 999, 1_000)).not.toContain(false);
});

test("keeps its bounds, and whatever it did not drop, in any order of use", () => {
  const step = fc.record({
    asker: fc.constantFrom("a", "b", "c", "d", "e"),
    key: fc.nat(30),
    act: fc.constantFrom("set", "set", "set", "take", "touch", "wait"),
    ms: fc.integer({ min: 1, max: 2_000 }),
  });
  const run = (
    full: "forget" | "refuse",
    steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  ) => {
    const clock = new TestClock();
    const model = new Map<string, { readonly asker: string; readonly until: number }>();
    const shares = new FairShare<string>({
      capacity: 8,
      perAsker: 4,
      full,
      clock,
      dropped: (key) => model.delete(key),
    });
    for (const { asker, key, act, ms } of steps) {
      const name = `${asker}${key}`;
      if (act === "wait") clock.advance(ms);
      else if (act === "touch") shares.touch(name);
      else if (act === "take") {
        shares.take(name);
        model.delete(name);
      } else if (shares.set(asker, name, name, ms)) model.set(name, { asker, until: clock.at + ms });
      for (const [known, { until }] of model) if (until <= clock.at) model.delete(known);
      for (const [known] of model) expect(shares.get(known)).toBe(known);
      expect(shares.size).toBeLessThanOrEqual(8);
      for (const one of "abcde")
        expect([...model.values()].filter((entry) => entry.asker === one).length).toBeLessThanOrEqual(4);
    }
    clock.advance(10_000);
    expect(shares.size).toBe(0);
  };
  fc.assert(
    fc.property(fc.constantFrom("forget" as const, "refuse" as const), fc.array(step, { maxLength: 120 }), run),
  );
});

test("removes entries that expired together a part at a time, and refuses nobody meanwhile", () => {
  const { clock, shares } = share("refuse", 20_000, 5_000);
  for (const asker of ["a", "b", "c", "d"]) fill(shares, asker, 5_000, 1_000);
  expect([shares.size, shares.set("e", "e1", "e1", 1_000)]).toEqual([20_000, true]);
  clock.advance(2_000);
  const before = shares.size;
  expect(before).toBeGreaterThan(17_000);
  expect(shares.get("a1")).toBeUndefined();
  for (const asker of ["a", "e", "f"]) expect(shares.set(asker, `${asker}-new`, "new", 1_000)).toBe(true);
  for (let each = 0; each < 25; each++) shares.take("none-such");
  expect(Array.from({ length: 25 }, () => shares.size).at(-1)).toBe(3);
  expect(shares.get("a-new")).toBe("new");
});

describe("values that take several places", () => {
  const sized = (capacity: number, perAsker: number) =>
    new FairShare<number>({ capacity, perAsker, full: "forget", clock: new TestClock(), placesOf: (value) => value });

  it("displace as many of their asker's oldest ones as it takes, and nobody else's", () => {
    const shares = sized(100, 10);
    shares.set("b", "b1", 5);
    for (const key of ["a1", "a2", "a3"]) shares.set("a", key, 3);
    shares.set("a", "a4", 5);
    expect(["a1", "a2", "a3", "a4", "b1"].map((key) => shares.get(key))).toEqual([undefined, undefined, 3, 5, 5]);
    expect(shares.size).toBe(13);
  });

  it("displace those of the asker with the most places when there is no room for another's", () => {
    const shares = sized(12, 10);
    shares.set("a", "a1", 2);
    shares.set("a", "a2", 5);
    for (const key of ["b1", "b2", "b3", "b4"]) shares.set("b", key, 1);
    shares.set("c", "c1", 4);
    expect(["a1", "a2", "b1", "c1"].map((key) => shares.get(key))).toEqual([undefined, undefined, 1, 4]);
  });

  it("are counted once when one of them grows in its place", () => {
    const shares = sized(100, 10);
    shares.set("a", "a1", 8);
    shares.set("a", "a2", 2);
    shares.set("a", "a1", 9);
    expect([shares.get("a1"), shares.get("a2"), shares.size]).toEqual([9, undefined, 9]);
    shares.set("a", "a1", 1);
    expect([shares.get("a1"), shares.size]).toEqual([1, 1]);
    shares.set("a", "a2", 5);
    shares.touch("a1");
    shares.set("a", "a1", 5);
    expect([shares.get("a1"), shares.get("a2"), shares.size]).toEqual([5, 5, 10]);
  });

  it("never take more than the capacity and a share, whatever is set, taken and touched", () => {
    const step = fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(9), fc.integer({ min: 1, max: 6 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const shares = sized(20, 9);
        const set = new Map<string, { asker: string; places: number }>();
        for (const [asker, n, places, takes] of steps) {
          if (takes) shares.take(`${n}`);
          else {
            shares.set(asker, `${n}`, places);
            set.set(`${n}`, { asker, places });
          }
          const there = [...set].filter(([key]) => shares.get(key) !== undefined).map(([, value]) => value);
          const sum = (all: readonly { readonly places: number }[]) =>
            all.reduce((total, one) => total + one.places, 0);
          expect(shares.size).toBe(sum(there));
          expect(sum(there)).toBeLessThanOrEqual(20);
          for (const who of ["a", "b", "c"])
            expect(sum(there.filter((one) => one.asker === who))).toBeLessThanOrEqual(9);
        }
      }),
      { numRuns: 200 },
    );
  });
});
