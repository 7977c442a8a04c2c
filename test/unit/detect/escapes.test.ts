import fc from "fast-check";
import { detect } from "../../../gateway/detect/detect.ts";
import { decodedText } from "../../../gateway/detect/escapes.ts";
import { parts } from "./found.ts";

test.each([
  ["JSON in a text", '{"to":"eve\\u0040evil.example"}', "eve\\u0040evil.example"],
  ["JSON in JSON in a text", '"{\\"to\\":\\"eve\\\\u0040evil.example\\"}"', "eve\\\\u0040evil.example"],
  ["HTML by number", "<b>eve&#64;evil&#x2e;example</b>", "eve&#64;evil&#x2e;example"],
  ["HTML without its semicolon", "eve&#64evil.example", null],
  ["HTML by name", "<b>eve&commat;evil&period;example</b>", "eve&commat;evil&period;example"],
  ["HTML with zeros before a number", "eve&#00000064;evil&#x0000002e;example", null],
  ["signs of HTML that nobody sees", "ev&shy;e&commat;ev&ZeroWidthSpace;il.example", null],
  ["a link", "mailto:%65ve%40evil.example?subject=x", "%65ve%40evil.example"],
])("finds what an escape hides, and says where it stands as it came: %s", (_what, text, hidden) => {
  const found = detect(text, new Set(["email"]));
  expect(parts(text, found)).toEqual([hidden ?? text]);
});

test("leaves a text without escapes, and what is no escape, as it is", () => {
  for (const text of ["plain", "100% sure", "\\ufoo", "&#;", "&#0;", "&#9999999;", "50%4", "\\n"])
    expect(decodedText(text).text).toBe(text);
});

test("the places of every part lead to the text that it was decoded from", () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom("\\u0041", "&#65;", "&#x1F600;", "%41", "\\\\u0041"));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      const { text: decoded, original } = decodedText(text);
      let at = 0;
      for (let index = 0; index < decoded.length; index += 1) {
        const { start, end } = original(index, index + 1);
        expect(start).toBeGreaterThanOrEqual(at);
        at = Math.max(at, start);
        const source = text.slice(start, end);
        expect(
          source === decoded[index] || decodedText(source).text.includes(decoded[index] ?? "") || source === "",
        ).toBe(true);
      }
      expect(original(0, decoded.length)).toEqual({ start: 0, end: text.length });
    }),
  );
});
