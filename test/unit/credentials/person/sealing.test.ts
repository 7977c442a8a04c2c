import { Sealing } from "../../../../gateway/credentials/person/sealing.ts";
import { systemIds } from "../../../../gateway/compose/clock-and-ids.ts";

const [one, two] = [Buffer.alloc(32, 1).toString("base64"), Buffer.alloc(32, 2).toString("base64url")];
const sealing = (keys: Record<string, string>, sealWith: string) =>
  new Sealing({ keys: new Map(Object.entries(keys)), sealWith, ids: systemIds() });
const about = '["alice","crm"]';

test("opens what it sealed, and shows nothing of it", () => {
  const sealed = sealing({ k1: one }, "k1").seal("refresh-token-of-alice", about);
  expect(sealed.key).toBe("k1");
  expect(Buffer.from(sealed.text, "base64url").toString("latin1")).not.toContain("refresh");
  expect(sealing({ k1: one }, "k1").open(sealed, about)).toBe("refresh-token-of-alice");
});

test("seals the same text differently each time", () => {
  const sealer = sealing({ k1: one }, "k1");
  expect(new Set(Array.from({ length: 100 }, () => sealer.seal("x", about).text)).size).toBe(100);
});

test("opens with an earlier key what a later one no longer seals", () => {
  const sealed = sealing({ k1: one }, "k1").seal("text", about);
  const rotated = sealing({ k1: one, k2: two }, "k2");
  expect(rotated.open(sealed, about)).toBe("text");
  expect(rotated.seal("text", about).key).toBe("k2");
});

test("opens nothing that is about somebody else, was changed, cut or sealed with another key of that name", () => {
  const sealer = sealing({ k1: one }, "k1");
  const sealed = sealer.seal("text", about);
  const flipped = Buffer.from(sealed.text, "base64url");
  flipped[flipped.length - 1]! ^= 1;
  const attempts: [Sealing, typeof sealed, string][] = [
    [sealer, sealed, '["bob","crm"]'],
    [sealer, { ...sealed, text: flipped.toString("base64url") }, about],
    [sealer, { ...sealed, text: sealed.text.slice(0, 20) }, about],
    [sealer, { ...sealed, text: "" }, about],
    [sealing({ k1: two }, "k1"), sealed, about],
  ];
  for (const [by, text, of] of attempts)
    expect(() => by.open(text, of)).toThrow("what is kept does not open with the sealing key k1");
});

test("says that a key is gone", () => {
  const sealed = sealing({ k1: one }, "k1").seal("text", about);
  expect(() => sealing({ k2: two }, "k2").open(sealed, about)).toThrow("the sealing key k1 is not configured any more");
});

test.each(["", "c2hvcnQ=", "x".repeat(44), "a".repeat(64)])("refuses the key %j without repeating it", (text) => {
  expect(() => sealing({ k1: text }, "k1")).toThrow(/^the sealing key k1 is not 32 bytes in base64$/);
});

test("refuses to seal with a key that is not there", () => {
  expect(() => sealing({ k1: one }, "k2")).toThrow("there is no sealing key k2");
});
