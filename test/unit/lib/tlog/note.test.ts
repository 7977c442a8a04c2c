import { generateKeyPairSync } from "node:crypto";
import { checkpointText, parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { noteKey, parseNote, parseVkey, signatureLine, signersOf } from "../../../../gateway/lib/tlog/note.ts";

/** The example of C2SP signed-note. */
const vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const example =
  "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

const { privateKey } = generateKeyPairSync("ed25519");
const key = noteKey("example.com/log", privateKey);

test("the example of the specification is verified by its key", () => {
  const note = parseNote(example);
  expect(note?.text).toBe("This is an example message.\n");
  expect(note === null ? null : signersOf(note, [parseVkey(vkey)])?.map((one) => one.vkey)).toEqual([vkey]);
});

test.each([
  ["with other text", example.replace("example message", "example massage")],
  ["with another signature", example.replace("Uw2QOkn8", "Uw2QOkn9")],
])("a note %s is not taken, though its key is known", (_what, text) => {
  const note = parseNote(text);
  expect(note === null ? null : signersOf(note, [parseVkey(vkey)])).toBeNull();
});

test("signatures of keys that are not known say nothing", () => {
  const note = parseNote(example);
  expect(note === null ? null : signersOf(note, [key])).toEqual([]);
});

test.each([
  ["no empty line", "text\n— example.com/foo AAAAAAAA\n"],
  ["no signature", "text\n\n"],
  ["a control character", "te\txt\n\n— example.com/foo AAAAAAAA\n"],
  ["no last line feed", "text\n\n— example.com/foo AAAAAAAA"],
  ["a signature line with a plus in its name", "text\n\n— a+b AAAAAAAA\n"],
  ["base64 that is written in another way", "text\n\n— example.com/foo AAAAAAB=\n"],
])("a note with %s is none", (_what, text) => {
  expect(parseNote(text)).toBeNull();
});

test.each([
  ["of another name", vkey.replace("foo", "bar")],
  ["of another type", "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"],
  ["of another form", "example.com/foo"],
])("a verifier key %s is refused", (_what, text) => {
  expect(() => parseVkey(text)).toThrow(JSON.stringify(text));
});

test.each([
  ["a size with a zero in front", (text: string) => text.replace("\n20", "\n020")],
  ["extension lines", (text: string) => text.replace("\n\n", "\nmore\n\n")],
  ["a root that is written in another way", (text: string) => text.replace(/.=\n\n/, "B=\n\n")],
])("a checkpoint with %s is none", (_what, change) => {
  const text = checkpointText("example.com/log", 20, Buffer.alloc(32, 7));
  const note = `${text}\n${signatureLine(key, privateKey, text)}`;
  expect(parseCheckpoint(note)).toMatchObject({ origin: "example.com/log", size: 20 });
  expect(parseCheckpoint(change(note))).toBeNull();
});
