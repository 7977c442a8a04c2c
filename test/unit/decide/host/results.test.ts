import { TextMemory } from "../../../../gateway/decide/host/memory.ts";
import { ResultCache } from "../../../../gateway/decide/host/result-cache.ts";

const memory = new TextMemory({ initial: 1, maximum: 1 });
const answer = (cache: ResultCache, value: unknown): unknown => {
  memory.write(`${JSON.stringify(value)}\0`, 16);
  return cache.parse(memory, 16);
};

test("gives the same frozen object for the same text, and never that of another", () => {
  const cache = new ResultCache();
  const texts = Array.from({ length: 64 }, (_, at) => `${"a".repeat(at)}b${"a".repeat(63 - at)}`);
  const first = texts.map((text) => answer(cache, [{ result: { text } }]));
  expect(first).toEqual(texts.map((text) => [{ result: { text } }]));
  texts.forEach((text, at) => expect(answer(cache, [{ result: { text } }])).toBe(first[at]));
  expect(Object.isFrozen((first[0] as [{ result: object }])[0].result)).toBe(true);
});

test("forgets all when there are too many, and answers on", () => {
  const cache = new ResultCache();
  for (let round = 0; round < 3_000; round += 1) expect(answer(cache, { round })).toEqual({ round });
  expect(answer(cache, { round: 0 })).toEqual({ round: 0 });
});
