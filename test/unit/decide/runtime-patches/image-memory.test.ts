import { ImageMemory } from "../../../../gateway/decide/runtime-patches/image-memory.ts";

test("puts words and bytes one behind the other, each at a multiple of four", () => {
  const memory = new ImageMemory(1_001, 0);
  const [first, bytes, second] = [memory.put([7, 8]), memory.copy(Buffer.from("_text_"), 1, 6), memory.put([9])];
  expect([first, bytes, second, memory.end]).toEqual([1_004, 1_012, 1_020, 1_024]);
  expect([...memory.words.subarray(first / 4, first / 4 + 2)]).toEqual([7, 8]);
  expect(memory.bytes.toString("utf8", bytes, bytes + 5)).toBe("text_");
});

test.each([
  ["in place, as far as the most was known", 8_000_000, true],
  ["to other memory, beyond that", 0, false],
])("grows %s, and keeps what is there", (_name, mostBytes, inPlace) => {
  const memory = new ImageMemory(0, mostBytes);
  const seen = new Set<ArrayBuffer>();
  for (let value = 0; value < 100_000; value += 1) {
    memory.put([value, 0]);
    seen.add(memory.bytes.buffer);
  }
  const kept = Array.from({ length: 100_000 }, (_, value) => memory.words[value * 2] === value);
  expect(kept.every(Boolean)).toBe(true);
  expect(memory.end).toBe(800_000);
  expect(seen.size === 1).toBe(inPlace);
});

test("reserves zeros", () => {
  const memory = new ImageMemory(0, 0);
  const from = memory.reserve(50_000) / 4;
  expect([...memory.words.subarray(from, from + 50_000)]).toEqual(Array.from({ length: 50_000 }, () => 0));
});

test("says that addresses have 32 bits", () => {
  const memory = new ImageMemory(2 ** 31, 0);
  expect(() => memory.reserve(2 ** 30)).toThrow("the data do not fit into the memory of a module");
});
