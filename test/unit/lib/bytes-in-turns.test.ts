import { joinedInTurns, sentInTurns } from "../../../gateway/lib/bytes-in-turns.ts";

const megabyte = 1024 * 1024;
const numbered = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 251));

test.each([
  [[], "none"],
  [[3], "one short part"],
  [[3, 0, 5], "short parts"],
  [[megabyte, 1, 700_000], "long parts"],
])("joins parts of %j bytes in order", async (lengths) => {
  const parts = lengths.map(numbered);
  expect((await joinedInTurns(parts)).equals(Buffer.concat(parts))).toBe(true);
});

test("lets others run while long parts are joined", async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  let isDone = false;
  setImmediate(count);
  await joinedInTurns([numbered(megabyte), numbered(2 * megabyte)]);
  isDone = true;
  expect(turns).toBeGreaterThan(4);
});

test("sends long bytes as a copy that moves, and short ones as they are", async () => {
  const [short, long] = [numbered(10), numbered(megabyte)];
  expect(await sentInTurns(short)).toEqual({ bytes: short, moved: [] });
  const { bytes, moved } = await sentInTurns(long);
  expect(moved).toEqual([bytes.buffer]);
  expect(bytes.buffer).not.toBe(long.buffer);
  expect(long.equals(bytes)).toBe(true);
});
