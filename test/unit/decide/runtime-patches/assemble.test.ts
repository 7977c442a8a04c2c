import { assemble } from "../../../../gateway/decide/runtime-patches/assemble.ts";

const bytes = (code: string, functions = (): number => -1): number[] => [
  ...assemble({ params: ["$x"], locals: { $y: "i64" }, code }, functions),
];

test("writes locals, labels by their distance, signed constants and calls by name", () => {
  const code = `
    block $out  loop $again   ;; from here on
      local.get $x  br_if $out  br $again
    end end
    i64.const -1  i64.const 0xffffffffffffffff  i32.const 300  call $f`;
  expect(bytes(code, () => 200)).toEqual([
    ...[1, 1, 0x7e],
    ...[0x02, 0x40, 0x03, 0x40, 0x20, 0, 0x0d, 1, 0x0c, 0, 0x0b, 0x0b],
    ...[0x42, 0x7f, 0x42, 0x7f, 0x41, 0xac, 0x02, 0x10, 0xc8, 0x01],
    0x0b,
  ]);
});

test.each(["i32.wonder", "local.get $z", "br $nowhere", "call $f", "block $b"])("refuses %s", (code) => {
  expect(() => bytes(code)).toThrow(RangeError);
});
