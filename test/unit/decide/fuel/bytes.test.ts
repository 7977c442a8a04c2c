import fc from "fast-check";
import { ByteReader, ByteWriter } from "../../../../gateway/decide/fuel/bytes.ts";

test("reads every unsigned integer it wrote", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff_ffff)), (numbers) => {
      const writer = new ByteWriter(1);
      for (const number of numbers) writer.u32(number);
      const reader = new ByteReader(writer.written);
      expect(numbers.map(() => reader.u32())).toEqual(numbers);
      expect(reader.done).toBe(true);
    }),
  );
});

test("writes a signed integer in the shortest form that WebAssembly reads back", () => {
  expect([...new ByteWriter().s32(0).s32(63).s32(64).s32(-64).s32(-65).s32(0x7fff_ffff).written]).toEqual([
    0x00, 0x3f, 0xc0, 0x00, 0x40, 0xbf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x07,
  ]);
});

test("reads every signed integer it wrote", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const writer = new ByteWriter(1);
      for (const [index, number] of numbers.entries())
        if (index % 2 === 0) writer.s32(number);
        else writer.s64(BigInt(number));
      const reader = new ByteReader(writer.written);
      expect(numbers.map(() => reader.s32())).toEqual(numbers);
    }),
  );
  expect([...new ByteWriter().s64(-(1n << 63n)).written]).toEqual([...new Uint8Array(9).fill(0x80), 0x7f]);
});

test("refuses to read past the end", () => {
  expect(() => new ByteReader(new Uint8Array([0x80])).u32()).toThrow("cut off");
  expect(() => new ByteReader(new Uint8Array([5, 1])).name()).toThrow("cut off");
});

test("refuses an integer of more than five bytes", () => {
  expect(() => new ByteReader(new Uint8Array(6).fill(0x80)).u32()).toThrow("too long");
  expect(() => new ByteReader(new Uint8Array(6).fill(0x80)).s32()).toThrow("too long");
});
