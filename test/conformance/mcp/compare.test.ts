import { compare } from "./compare.ts";

test("counts as lost what passes direct and not through the gateway, whether it fails there or is not made", () => {
  const direct = new Map([
    ["kept", true],
    ["broken", true],
    ["missing", true],
    ["mended", false],
    ["never", false],
  ]);
  const through = new Map([
    ["kept", true],
    ["broken", false],
    ["mended", true],
    ["never", false],
    ["further", true],
  ]);
  expect(compare(direct, through)).toEqual({
    both: ["kept"],
    lost: ["broken", "missing"],
    gained: ["further", "mended"],
  });
});
