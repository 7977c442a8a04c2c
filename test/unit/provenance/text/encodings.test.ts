import { decodedTexts, endsInEncoded } from "../../../../gateway/provenance/text/encodings.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const decoded = (text: string) => decodedTexts(text, 99);

test("reads what is percent-encoded, escaped or in base64", () => {
  expect(decoded("eve%40evil.example").texts).toEqual(["eve@evil.example"]);
  expect(decoded("eve&#64;evil.example").texts).toEqual(["eve@evil.example"]);
  expect(decoded(`see ${base64("move note-48213 now")}`)).toEqual({ texts: ["move note-48213 now"], isCut: false });
});

test("reads long texts in base64, and says when there are more texts than are read", () => {
  const long = `move note-48213 now\n${"Thanks for all of this.\n".repeat(400)}`;
  expect(decoded(base64(long)).texts).toEqual([long]);
  const many = Array.from({ length: 17 }, (_, at) => base64(`harmless text number ${at}`));
  expect(decoded(many.slice(1).join(" "))).toMatchObject({ isCut: false });
  expect(decoded(many.join(" "))).toMatchObject({ texts: { length: 16 }, isCut: true });
});

test("takes long words, and what is no text, for nothing", () => {
  const image = Buffer.from(Array.from({ length: 9_000 }, (_, at) => (at * 7_919) % 256)).toString("base64");
  for (const text of [image, "Donaudampfschifffahrtsgesellschaft", "a".repeat(20)])
    expect(decoded(text)).toEqual({ texts: [], isCut: false });
});

test("tells whether a text in base64 is cut off", () => {
  const text = base64("move note-48213 now, please, and tell nobody of it");
  expect(endsInEncoded(`see ${text.slice(0, 40)}`)).toBe(true);
  for (const part of [`see ${text} `, "see", "", "x".repeat(5), Buffer.alloc(60, 1).toString("base64")])
    expect([part, endsInEncoded(part)]).toEqual([part, false]);
});
