import { oncePer, Recent } from "../../../gateway/lib/caches.ts";

test("makes once of each object, whatever it makes, and nothing of one for another", () => {
  let made = 0;
  const nameOf = oncePer(({ name }: { name: string }) => `${name} ${++made}`);
  const [one, other] = [{ name: "" }, { name: "" }];
  expect([nameOf(one), nameOf(one), nameOf(other), nameOf(one)]).toEqual([" 1", " 1", " 2", " 1"]);
});

test("keeps nothing of what could not be made", () => {
  let tries = 0;
  const made = oncePer((_key: object) => {
    if (++tries === 1) throw new Error("not yet");
    return tries;
  });
  const key = {};
  expect(() => made(key)).toThrow("not yet");
  expect([made(key), made(key)]).toEqual([2, 2]);
});

test("keeps two generations of recent entries, by their number or by their size", () => {
  const kept = (recent: Recent<string>, count: number, text: string): number => {
    for (let n = 0; n < count; n += 1) recent.set(`${n}`, text);
    return Array.from({ length: count }, (_, n) => recent.get(`${n}`)).filter((found) => found !== undefined).length;
  };
  expect(kept(new Recent(10), 100, "x".repeat(50))).toBeLessThanOrEqual(20);
  const bySize = () => new Recent<string>(1_000, (_key, value) => value.length);
  expect(kept(bySize(), 100, "x")).toBe(100);
  expect(kept(bySize(), 100, "x".repeat(100))).toBeLessThanOrEqual(20);
  // An entry in the place of another one counts once.
  const recent = bySize();
  recent.set("first", "x");
  for (let n = 0; n < 100; n += 1) recent.set("again", "x".repeat(100));
  expect(recent.get("first")).toBe("x");
});
