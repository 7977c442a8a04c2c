import { compare, insecure } from "./compare.ts";

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

test("counts as lost what of the transport's security does not pass through the gateway, whatever passes direct", () => {
  const through = new Map([
    ["2025-11-25 dns-rebinding-protection/rejected", false],
    ["2025-11-25 dns-rebinding-protection/accepted", true],
    ["2026-07-28 dns-rebinding-protection/rejected", true],
    ["2026-07-28 http-custom-header-server-validation/sep-2243-server-no-xmcp-tool", false],
    ["2026-07-28 http-custom-header-server-validation/of-such-a-tool", false],
    ["2026-07-28 tools-list/of-the-server", false],
  ]);
  expect(insecure(through, ["2025-11-25", "2026-07-28"], () => true)).toEqual([
    "2025-11-25 dns-rebinding-protection/rejected",
    "2026-07-28 http-header-validation/no check",
  ]);
  expect(insecure(through, ["2026-07-28"], (scenario) => scenario === "dns-rebinding-protection")).toEqual([]);
});
