import fc from "fast-check";
import { defanged, withoutBracePairs } from "../../../gateway/notify/escape-text.ts";

test("leaves no pair of braces in the text of a card, however many there were", () => {
  expect(withoutBracePairs("{{{DATE(2026-01-01)}}}")).toBe("{ { {DATE(2026-01-01)} } }");
  const text = fc.string({ unit: fc.constantFrom("{", "}", " ", "a"), maxLength: 40 });
  fc.assert(fc.property(text, (some) => expect(withoutBracePairs(some)).not.toMatch(/\{\{|\}\}/)));
});

test.each([
  "evil.com",
  ".evil.com",
  "..evil.com",
  "-evil.com-",
  "_evil.com_",
  "@evil.com",
  "evil.com.",
  "see:evil.com/x",
  "https:////evil.com",
  "a.evil.com",
])("leaves nothing of %s that a program takes for a link", (text) => {
  const shown = defanged(text);
  expect(shown).not.toMatch(/\w\.\w|:\/\//);
  expect(shown.replaceAll(/\[(.)\]/g, "$1")).toBe(text);
});
