import fc from "fast-check";
import { surelySurvives, survivesRoundTrip } from "../../../../gateway/parse/json/numbers.ts";

const sure = (text: string): boolean => surelySurvives(Buffer.from(text), 0, text.length);

test.each(["0.30000000000000004", "0.8444218515250481", "52.520006599999995", "0.05551115123125783"])(
  "is sure of %s, which is what its double prints as",
  (text) => {
    expect(String(Number(text))).toBe(text);
    expect(sure(text)).toBe(true);
  },
);

test("is never sure of a number that does not survive", () => {
  const digits = fc.stringMatching(/^[0-9]{1,17}$/);
  const number = fc.tuple(fc.nat(99_999_999), digits).map(([whole, fraction]) => `${whole}.${fraction}`);
  fc.assert(
    fc.property(number, (text) => {
      if (sure(text)) expect(survivesRoundTrip(text)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  expect(["0.1000000000000000055", "9007199254740992.5", "0.12345678901234567890"].filter(sure)).toEqual([]);
});

test("is sure of most doubles that have many digits, or it would save nothing", () => {
  const texts = Array.from({ length: 2_000 }, () => String(Math.random() * 100)).filter(
    (text) => text.length > 17 && !text.includes("e"),
  );
  expect(texts.filter(sure).length).toBeGreaterThan(texts.length * 0.6);
});
