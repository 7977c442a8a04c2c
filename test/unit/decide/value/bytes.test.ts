import fc from "fast-check";
import { bytesOf, compareBytes, stringOf } from "../../../../gateway/decide/value/bytes.ts";

const some = fc.uint8Array({ maxLength: 12 });

test("compares as Buffer.compare does, wherever the strings lie", () => {
  fc.assert(
    fc.property(some, some, fc.nat(5), fc.nat(5), (one, other, from, at) => {
      const lying = (bytes: Uint8Array, place: number): Buffer =>
        Buffer.concat([Buffer.alloc(place, 7), bytes, Buffer.from([9])]);
      const compared = compareBytes(lying(one, from), from, one.length, lying(other, at), at, other.length);
      expect(Math.sign(compared)).toBe(Buffer.compare(one, other));
    }),
  );
});

test.each([
  [[97], [97, 98], -1],
  [[], [], 0],
  [[255], [1], 254],
])("of %j and %j the difference is %d", (one, other, difference) => {
  expect(compareBytes(Buffer.from(one), 0, one.length, Buffer.from(other), 0, other.length)).toBe(difference);
});

test("a string of any bytes keeps each of them", () => {
  fc.assert(fc.property(some, (bytes) => expect([...bytesOf(stringOf(bytes))]).toEqual([...bytes])));
});
