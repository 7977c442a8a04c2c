import { after, all } from "../../../gateway/lib/awaitable.ts";

test("goes on at once where nothing has to be waited for, and throws what the next step throws", () => {
  expect(after(2, (value) => value + 1)).toBe(3);
  expect(() =>
    after(2, () => {
      throw new Error("next");
    }),
  ).toThrow("next");
});

test("waits for a promise, rejects with what the next step throws, and does not go on behind a rejection", async () => {
  await expect(after(Promise.resolve(2), (value) => value + 1)).resolves.toBe(3);
  const thrown = after(Promise.resolve(2), () => {
    throw new Error("next");
  });
  await expect(thrown).rejects.toThrow("next");
  let went = false;
  await expect(after(Promise.reject(new Error("first")), () => (went = true))).rejects.toThrow("first");
  expect(went).toBe(false);
});

test("gives all values as they are, and a promise of all as soon as one is a promise", async () => {
  expect(all([() => 1, () => "a", () => null])).toEqual([1, "a", null]);
  await expect(all([() => 1, () => Promise.resolve("a"), () => null])).resolves.toEqual([1, "a", null]);
  await expect(all([() => Promise.reject(new Error("one")), () => 2])).rejects.toThrow("one");
});

test("throws what one throws at once, and leaves no rejection of those before it without a handler", async () => {
  const unhandled: unknown[] = [];
  const note = (failure: unknown): number => unhandled.push(failure);
  process.on("unhandledRejection", note);
  let isAsked = false;
  const throwing = () =>
    all([
      () => new Promise((_, reject) => setImmediate(() => reject(new Error("late")))),
      () => Promise.reject(new Error("first")),
      () => {
        throw new Error("second");
      },
      () => (isAsked = true),
    ]);
  expect(throwing).toThrow("second");
  // One turn for the late rejection, one in which Node tells of those without a handler.
  for (let turns = 0; turns < 3; turns += 1) await new Promise(setImmediate);
  process.off("unhandledRejection", note);
  expect([unhandled, isAsked]).toEqual([[], false]);
});
