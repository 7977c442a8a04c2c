import { isFresh } from "../../../../gateway/admin/oidc/provider-login.ts";

describe("a provider's answer to max_age=0", () => {
  test.each([
    ["asked while the person was there", { auth_time: 1_000, iat: 1_005 }, 10_000, true],
    ["with the clock of the provider years ahead", { auth_time: 9_000_000, iat: 9_000_001 }, 10_000, true],
    ["asked a minute before the person was sent", { auth_time: 1_000, iat: 1_070 }, 10_000, false],
    ["asked in the future", { auth_time: 1_100, iat: 1_000 }, 10_000, false],
    ["silent about when", { iat: 1_000 }, 10_000, false],
    ["in words", { auth_time: "1000", iat: 1_000 }, 10_000, false],
  ])("%s", (_what, claims, elapsedMs, fresh) => {
    expect(isFresh(claims, elapsedMs)).toBe(fresh);
  });
});
