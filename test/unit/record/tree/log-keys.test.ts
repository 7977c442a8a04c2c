import { generateKeyPairSync } from "node:crypto";
import { noteKey } from "../../../../gateway/lib/tlog/note.ts";
import { keyNote, logKeysIn, trustedKeys } from "../../../../gateway/record/tree/log-keys.ts";

function madeKey(origin: string) {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { key: noteKey(origin, privateKey), privateKey };
}

test("a trusted key hands over to keys of its own log, one after the other, and to none of another log", () => {
  const [first, second, third] = [madeKey("example.com/a"), madeKey("example.com/a"), madeKey("example.com/a")];
  const other = madeKey("example.com/b");
  const notes = [
    keyNote("example.com/a", first.key, first),
    keyNote("example.com/a", second.key, first),
    keyNote("example.com/b", other.key, first),
    keyNote("example.com/a", third.key, second),
  ];
  const keys = logKeysIn(notes.map((note) => `${note}\n`).join(""));
  const trusted = (key: typeof first.key) => trustedKeys(keys, [key]).map(({ vkey }) => vkey);
  expect(trusted(first.key)).toEqual([first, second, third].map(({ key }) => key.vkey));
  expect(trusted(third.key)).toEqual([third.key.vkey]);
});
