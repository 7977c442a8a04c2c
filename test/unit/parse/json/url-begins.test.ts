import fc from "fast-check";
import { urlFacts } from "../../../../gateway/gather/urls.ts";
import { mayHoldUrl } from "../../../../gateway/parse/json/url-begins.ts";
import { toolCall } from "../../../support/builders.ts";

const mayHold = (text: string): boolean => mayHoldUrl(Buffer.from(text), 0, Buffer.byteLength(text));

test.each([
  "2026-11-30T12:00:00Z",
  "note: nothing",
  ":",
  "a:b:c",
  ":/x",
  "user:pw@host",
  "tel:+49",
  "s:",
  "C:\\x",
  "p:",
])("finds no URL in %j", (text) => {
  expect(mayHold(text)).toBe(false);
});

test.each(["http:x", "HTTPS:/x", "see wss:x", "Ftp:x", "x://", "a:b:ws:c", "12:00 git+ssh://h", "é://x", "://"])(
  "says of %j that a URL may begin in it",
  (text) => {
    expect(mayHold(text)).toBe(true);
  },
);

test("looks between the two offsets alone", () => {
  const bytes = Buffer.from('["http:x","a:b"]');
  expect([mayHoldUrl(bytes, 2, 8), mayHoldUrl(bytes, 11, 14), mayHoldUrl(bytes, 6, 8)]).toEqual([true, false, false]);
});

test("never says that there is none where the facts of the call have one", () => {
  const word = fc.constantFrom(
    ...'http https ws wss ftp HTTPs : :: // / :// 12:00 a s p é \u017f \u212a < " + . -'.split(" "),
    " ",
  );
  let withUrl = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ unit: "binary", maxLength: 3 })), { maxLength: 8 }), (words) => {
      const text = words.join("");
      const found = urlFacts(toolCall({ arguments: { text }, argumentsRead: null }));
      withUrl += found.length;
      if (found.length > 0) expect(mayHold(text)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
  expect(withUrl).toBeGreaterThan(80);
});
