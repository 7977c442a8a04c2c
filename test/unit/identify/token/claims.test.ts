import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { checkClaims, keyBinding, strictClaimAt, wordsAt } from "../../../../gateway/identify/token/claims.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

function codeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (thrown) {
    return asRefusal(thrown).code;
  }
}

/** Seconds since the epoch; the clock of these tests stands at 1,000. */
const claims = { aud: "here", iat: 900, exp: 1_200 };
const rules = { audience: "here", maxLifetimeMs: 300_000, clockSkewMs: 10_000 };

test.each<[string, JsonObject, unknown]>([
  ["good as they are", {}, 1_200],
  ["issued at the edge of the clock skew", { iat: 1_010, exp: 1_300 }, 1_300],
  ["issued beyond the clock skew", { iat: 1_011, exp: 1_300 }, "token_not_yet_valid"],
  ["expired within the clock skew", { iat: 800, exp: 991 }, 991],
  ["expired beyond the clock skew", { iat: 800, exp: 990 }, "token_expired"],
  ["not valid before a later time", { nbf: 1_011 }, "token_not_yet_valid"],
  ["of the longest lifetime", { iat: 1_000, exp: 1_300 }, 1_300],
  ["of a second more", { iat: 1_000, exp: 1_301 }, "token_lifetime"],
  ["that end before they begin", { iat: 1_005, exp: 1_005 }, "token_invalid"],
  ["with a time as text", { exp: "1200" }, "token_invalid"],
  ["for a list of audiences with this one", { aud: ["there", "here"] }, 1_200],
  ["for an audience that begins like this one", { aud: "here/more" }, "token_audience"],
  ["for an audience that is no text", { aud: ["here", 7] }, "token_audience"],
])("checks claims that are %s", (_, change, outcome) => {
  expect(codeOf(() => checkClaims({ ...claims, ...change }, rules, 1_000_000))).toBe(outcome);
});

test("counts the lifetime of claims without iat from now, where the issuer need not say it", () => {
  const { iat: _, ...without } = claims;
  expect(codeOf(() => checkClaims(without, rules, 1_000_000))).toBe("token_invalid");
  expect(codeOf(() => checkClaims(without, { ...rules, issuedAtOptional: true }, 1_000_000))).toBe(1_200);
  const long = { ...without, exp: 1_301 };
  expect(codeOf(() => checkClaims(long, { ...rules, issuedAtOptional: true }, 1_000_000))).toBe("token_lifetime");
});

const digest = "x".repeat(43);

test.each<[string, JsonObject, unknown]>([
  ["none", {}, null],
  ["a DPoP key", { cnf: { jkt: digest } }, { jkt: digest, x5t: null }],
  ["a certificate", { cnf: { "x5t#S256": digest } }, { jkt: null, x5t: digest }],
  ["a method that is not known", { cnf: { kid: "k" } }, "token_proof_missing"],
  ["a known method beside one that is not", { cnf: { jkt: digest, jwe: "x" } }, "token_proof_missing"],
  ["nothing in it", { cnf: {} }, "token_proof_missing"],
  ["a digest of another length", { cnf: { jkt: "x".repeat(42) } }, "token_invalid"],
  ["a text", { cnf: "jkt" }, "token_invalid"],
])("reads the key binding of a token with %s", (_, change, outcome) => {
  expect(codeOf(() => keyBinding(change))).toEqual(outcome);
});

test("finds a claim by name or pointer, and nothing where the claim is absent or null", () => {
  const nested = { "a/b": 1, a: { b: ["x"], none: null } };
  expect(strictClaimAt(nested, "a/b")).toBe(1);
  expect(strictClaimAt(nested, "/a/b")).toEqual(["x"]);
  expect(strictClaimAt(nested, "/a/b/0")).toBe("x");
  expect(strictClaimAt(nested, "/a/none/deeper")).toBeNull();
  expect(strictClaimAt(nested, "constructor")).toBeNull();
  expect(codeOf(() => strictClaimAt(nested, "/a~1b/deeper"))).toBe("token_invalid");
});

test("reads words from a list and from one text, and refuses anything else", () => {
  expect(wordsAt({ scope: "a  b" }, "scope")).toEqual(["a", "b"]);
  expect(wordsAt({ scope: ["a b"] }, "scope")).toEqual(["a b"]);
  expect(wordsAt({}, "scope")).toEqual([]);
  expect(codeOf(() => wordsAt({ scope: { a: true } }, "scope"))).toBe("token_invalid");
  expect(codeOf(() => wordsAt({ scope: ["a", 1] }, "scope"))).toBe("token_invalid");
  expect(codeOf(() => wordsAt({ scope: Array.from({ length: 257 }, () => "a") }, "scope"))).toBe("token_invalid");
});
