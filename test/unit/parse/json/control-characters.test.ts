import fc from "fast-check";
import { firstControl, wordsOf } from "../../../../gateway/parse/json/control-characters.ts";

test("finds the first control character of any run, wherever the bytes begin in memory", () => {
  const byte = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0x20, max: 0xff }) }, fc.nat(0x3f));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), fc.nat(7), fc.nat(20), (all, offset, from) => {
      const bytes = Buffer.from(new Uint8Array([...new Uint8Array(offset), ...all]).buffer, offset);
      const start = Math.min(from, bytes.length);
      const end = Math.min(bytes.length, start + 50);
      const found = bytes.findIndex((one, at) => at >= start && at < end && one < 0x20);
      expect(firstControl(bytes, wordsOf(bytes), start, end)).toBe(found < 0 ? end : found);
    }),
    { numRuns: 3_000 },
  );
});

test("sees each of the 32 at each place of a word, and nothing else for one", () => {
  for (let at = 0; at < 12; at++) {
    for (let one = 0; one <= 0xff; one++) {
      const bytes = Buffer.alloc(12, 0x80 | at);
      bytes[at] = one;
      expect([one, at, firstControl(bytes, wordsOf(bytes), 0, 12)]).toEqual([one, at, one < 0x20 ? at : 12]);
    }
  }
});
