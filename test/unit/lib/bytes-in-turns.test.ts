import {
  afterGrowth,
  asBuffer,
  givenInTurns,
  GrowingBytes,
  growthStepBytes,
  joinedInTurns,
  sentInTurns,
} from "../../../gateway/lib/bytes-in-turns.ts";

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

test("many bytes that are given away move as they are, when their memory is theirs alone", async () => {
  const own = new Uint8Array(numbered(700_000));
  expect(await givenInTurns(own)).toEqual({ bytes: own, moved: [own.buffer] });
  const part = own.subarray(1);
  const { bytes, moved } = await givenInTurns(part);
  expect([bytes.buffer === moved[0], moved[0] === own.buffer, asBuffer(part).equals(bytes)]).toEqual([
    true,
    false,
    true,
  ]);
  const few = numbered(10);
  expect(await givenInTurns(few)).toEqual({ bytes: few, moved: [] });
});

test("sends many bytes as parts of one copy that moves, and few as they are", async () => {
  const few = [numbered(10), numbered(20)];
  expect(await sentInTurns(few)).toEqual({ parts: few, moved: [] });
  const many = [numbered(400_000), numbered(0), numbered(400_000)];
  const { parts, moved } = await sentInTurns(many);
  expect(moved).toEqual([parts[0]?.buffer]);
  expect(parts.map(({ buffer }) => moved.includes(buffer as ArrayBuffer))).toEqual([true, true, true]);
  expect(
    many.map((one, index) => one.equals(parts[index] as Uint8Array) && one.buffer !== parts[index]?.buffer),
  ).toEqual([true, true, true]);
});

test("bytes that grow have what was added, in memory that can be moved and shortened", () => {
  const grown = new GrowingBytes(10);
  grown.add(Buffer.from("abc"));
  grown.add(Buffer.alloc(0));
  grown.add(Buffer.from("defg"));
  expect([grown.bytes.toString(), grown.bytes.buffer.byteLength]).toEqual(["abcdefg", 7]);
  expect([grown.hasRoomFor(Buffer.alloc(3)), grown.hasRoomFor(Buffer.alloc(4))]).toEqual([true, false]);
  expect(() => grown.add(Buffer.alloc(4))).toThrow(expect.objectContaining({ name: "RangeError" }));
  const { bytes } = grown;
  const moved = structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  moved.resize(2);
  expect([bytes.length, Buffer.from(moved).toString()]).toEqual([0, "ab"]);
});

test("after many bytes a step for each 16 MB is waited, and after few none", async () => {
  const waited = async (bytes: number): Promise<number> => {
    const began = performance.now();
    await afterGrowth(bytes);
    return performance.now() - began;
  };
  expect(await waited(4 * growthStepBytes)).toBeGreaterThan(18);
  let isDone = false;
  void afterGrowth(growthStepBytes - 1).then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(true);
});
