import { oncePer } from "../../../gateway/lib/caches.ts";

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
