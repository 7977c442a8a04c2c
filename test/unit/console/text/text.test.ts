import fc from "fast-check";
import { linesOf } from "../../../../console/src/text/change-words.ts";
import { chunks } from "../../../../console/src/text/chunks.ts";
import { pieces } from "../../../../console/src/text/hostile-text.ts";
import { binNames, percent, tookText } from "../../../../console/src/text/numbers.ts";
import { claimsOf } from "../../../../console/src/text/receipt.ts";
import { defaultScope, grantable, timesWithin } from "../../../../console/src/text/scopes.ts";
import { duration, elapsed } from "../../../../console/src/text/time.ts";
import { warningsOf } from "../../../../console/src/text/warnings.ts";
import type { GrantScope } from "../../../../gateway/domain/decision.ts";

const scope: GrantScope = { kind: "session", uses: 20, seconds: 3_600, same: ["/order_id"] };

describe("numbers that people read", () => {
  test.each([
    [400, "less than 1 s"],
    [41_300, "41 s"],
    [190_000, "3 min 10 s"],
    [5_400_000, "1 h 30 min"],
    [26 * 3_600_000, "1 d 2 h"],
  ])("says %d ms as %s", (milliseconds, text) => expect(elapsed(milliseconds)).toBe(text));

  test("says a limit exactly, not rounded down to its largest unit", () => {
    expect([duration(0), duration(900), duration(5_400)]).toEqual(["0 s", "15 min", "1 h 30 min"]);
  });

  test("never rounds a share up to all or down to none", () => {
    expect([1, 0.999, 0.5, 0.001, 0, null].map(percent)).toEqual(["100 %", "99 %", "50 %", "1 %", "0 %", "no votes"]);
  });

  test("says how long a call took in a unit that can be read", () => {
    expect([0.04, 12.34, 999, 12_004.4, 75_000].map(tookText)).toEqual([
      "0.0 ms",
      "12.3 ms",
      "999.0 ms",
      "12 s",
      "75 s",
    ]);
  });

  test("names the spans of time between splits", () => {
    expect(binNames([2, 5, 60, 300])).toEqual(["< 2 s", "2–5 s", "5 s–1 min", "1 min–5 min", "> 5 min"]);
  });
});

describe("what may be chosen beyond once", () => {
  test("starts with the least: two calls, the shortest time, all arguments the same", () => {
    expect(defaultScope(scope)).toEqual({ kind: "session", uses: 2, seconds: 300, same: "arguments" });
  });

  test("offers no time longer than policy's", () => {
    expect(timesWithin(3_600)).toEqual([300, 900, 3_600]);
    expect(timesWithin(100)).toEqual([100]);
  });

  test.each([
    ["once", "once", null],
    ["a single use", { ...scope, uses: 1 }, null],
    ["a task that the call has not", { ...scope, kind: "task" }, null],
    ["a session", scope, scope],
  ] as const)("of %s", (_, given, wanted) => expect(grantable(given, null)).toEqual(wanted));
});

describe("changes since people were asked", () => {
  test("are told value by value for objects, and as they are for lists of plain values", () => {
    expect(linesOf({ what: "arguments", before: { a: 1, b: 2 }, after: { a: 1, b: 3 } })).toEqual([
      { pointer: "/b", kind: "changed", before: 2, after: 3 },
    ]);
    expect(linesOf({ what: "labels", before: ["x"], after: ["x", "y"] })).toEqual([
      { pointer: "", kind: "changed", before: ["x"], after: ["x", "y"] },
    ]);
  });

  test("of nothing to something are told whole", () => {
    expect(linesOf({ what: "task", before: null, after: "t" })).toHaveLength(1);
  });
});

describe("long text", () => {
  test("is cut into chunks that together are the text, whatever it is", () => {
    const text = fc
      .string({ unit: "binary", maxLength: 40 })
      .chain((part) => fc.nat(1_500).map((times) => part.repeat(times)));
    fc.assert(
      fc.property(text, (given) => {
        const whole = pieces(given);
        const joined = (found: typeof whole) => found.map(({ shown }) => shown).join("");
        expect(joined(chunks(whole).flat())).toBe(joined(whole));
      }),
      { numRuns: 50 },
    );
  });

  test("is cut into short chunks, and never between the two halves of a letter", () => {
    const found = chunks(pieces(`x${"🙂".repeat(10_000)}`));
    expect(found.length).toBeGreaterThan(4);
    for (const { shown } of found.flat()) expect(shown).toMatch(/^[\uD83D\uDE42x]*$/);
    expect(found.flat().every(({ shown }) => !/^[\uDC00-\uDFFF]/.test(shown) && !/[\uD800-\uDBFF]$/.test(shown))).toBe(
      true,
    );
  });

  test("makes at most fifty warnings of one text", () => {
    const words = Array.from({ length: 10_000 }, (_, n) => `p\u0430y${n.toString(36)}`).join(" ");
    expect(warningsOf(words, "/x").length).toBeLessThanOrEqual(51);
    expect(warningsOf(words, "/x").length).toBeGreaterThan(40);
  });
});

test("a receipt is read for show alone, and nonsense is none", () => {
  const jws = `a.${Buffer.from(JSON.stringify({ state: "denied", action_digest: "sha256:ü" })).toString("base64url")}.c`;
  expect(claimsOf(jws)).toEqual({ state: "denied", action_digest: "sha256:ü" });
  expect([claimsOf("nonsense"), claimsOf("a.e30.c"), claimsOf("")]).toEqual([null, null, null]);
});
