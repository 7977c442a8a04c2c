import { asRefusal } from "../../../gateway/domain/errors.ts";
import { authorizationHeader, bearerToken } from "../../../gateway/identify/bearer.ts";
import { request } from "./fixtures.ts";

function codeOf(read: () => unknown): string {
  try {
    return `accepted ${String(read())}`;
  } catch (thrown) {
    return asRefusal(thrown).code;
  }
}

test.each(["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"])("accepts %j", (header) => {
  expect(bearerToken(header)).toBe("a.b.c");
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
  `Bearer ${"a".repeat(8193)}`,
])("refuses %j as malformed", (header) => {
  expect(codeOf(() => bearerToken(header))).toBe("credential_malformed");
});

test.each(["Basic dXNlcjpwYXNz", "DPoP a.b.c", "Negotiate abc"])("refuses the scheme of %j", (header) => {
  expect(codeOf(() => bearerToken(header))).toBe("credential_scheme");
});

test("says of DPoP that it is not accepted yet", () => {
  expect(() => bearerToken("DPoP a.b.c")).toThrow(
    expect.objectContaining({ sentence: expect.stringContaining("DPoP is not accepted yet") }),
  );
});

test("refuses a request without, and one with two Authorization headers", () => {
  expect(codeOf(() => authorizationHeader(request(null)))).toBe("credential_missing");
  const twice = ["authorization", "Bearer a.b.c", "Host", "x", "AUTHORIZATION", "Bearer d.e.f"];
  expect(codeOf(() => authorizationHeader(request("Bearer a.b.c", twice)))).toBe("credential_malformed");
});
