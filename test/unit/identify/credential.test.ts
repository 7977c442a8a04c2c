import { asRefusal } from "../../../gateway/domain/errors.ts";
import { authorizationHeader, readCredential } from "../../../gateway/identify/credential.ts";
import { request } from "./fixtures.ts";

function codeOf(read: () => unknown): string {
  try {
    return `accepted ${String(read())}`;
  } catch (thrown) {
    return asRefusal(thrown).code;
  }
}

test.each([
  ["Bearer a.b.c", "bearer"],
  ["bearer a.b.c", "bearer"],
  ["BEARER a.b.c", "bearer"],
  ["DPoP a.b.c", "dpop"],
  ["dpop a.b.c", "dpop"],
])("accepts %j", (header, scheme) => {
  expect(readCredential(header)).toEqual({ scheme, token: "a.b.c" });
});

test.each([
  "Bearer",
  "Bearer ",
  "Bearer  a.b.c",
  "Bearer\ta.b.c",
  " Bearer a.b.c",
  "Bearer a.b.c ",
  "Bearer a.b.c, Bearer d.e.f",
  "Bearer a.b.c d",
  "Bearer a=b.c",
  'Bearer "a.b.c"',
  "Bearer a.b.ç",
  "Bearera.b.c",
  "a.b.c",
  `Bearer ${"a".repeat(32 * 1024 + 1)}`,
])("refuses %j as malformed", (header) => {
  expect(codeOf(() => readCredential(header))).toBe("credential_malformed");
});

test.each(["Basic dXNlcjpwYXNz", "Negotiate abc", "DPoPish a.b.c"])("refuses the scheme of %j", (header) => {
  expect(codeOf(() => readCredential(header))).toBe("credential_scheme");
});

test("finds no Authorization header, and refuses two of them", () => {
  expect(authorizationHeader(request(null))).toBeNull();
  const twice = ["authorization", "Bearer a.b.c", "Host", "x", "AUTHORIZATION", "Bearer d.e.f"];
  expect(codeOf(() => authorizationHeader(request("Bearer a.b.c", twice)))).toBe("credential_malformed");
});
