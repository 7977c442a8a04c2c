import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { openKeyFile } from "../../lib/key-file.ts";
import { UnusableKey } from "../../lib/private-file.ts";
import { type Note, type NoteKey, parseNote, parseVkey, signatureLine, signersOf } from "../../lib/tlog/note.ts";

/** First line of the notes in which the keys of a log follow one another. */
const header = "sallyport.dev/log-key@v1";

/** A key of a log, and who says so: the key before it, or it alone. */
export interface LogKey {
  readonly origin: string;
  readonly key: NoteKey;
  readonly note: Note;
}

/** In the data folder: the key that signs the checkpoints of its log, when no other is configured. */
export const logKeyFile = "decision-log.key.pem";

/** The key in such a file: Ed25519, made at first use. @throws UnusableKey */
export function openLogKey(file: string): KeyObject {
  const key = openKeyFile(file, () => generateKeyPairSync("ed25519").privateKey);
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new UnusableKey(`the key file ${file} holds no Ed25519 key; put the key back from a backup`);
}

/** The note that makes `key` a key of the log, signed by `by` (the key before it, or the key itself for the first). */
export function keyNote(
  origin: string,
  key: NoteKey,
  by: { readonly key: NoteKey; readonly privateKey: KeyObject },
): string {
  const text = `${header}\n${origin}\n${key.vkey}\n`;
  return `${text}\n${signatureLine(by.key, by.privateKey, text)}`;
}

/** The keys of a log in their order, from its file of keys. @throws Error for what is no such note */
export function logKeysIn(text: string): LogKey[] {
  const parts = text.split("\n\n");
  const keys: LogKey[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const note = parseNote(`${parts[at] ?? ""}\n\n${parts[at + 1] ?? ""}\n`);
    const [first, origin = "", vkey = "", ...more] = note?.text.split("\n") ?? [];
    if (note === null || first !== header || more.length !== 1)
      throw new Error("the file of keys holds what is no note of a key");
    keys.push({ origin, key: parseVkey(vkey), note });
  }
  return keys;
}

/** What can be trusted when `trusted` are: each key that one of them, or one that follows from them, of the same log, has signed. */
export function trustedKeys(keys: readonly LogKey[], trusted: readonly NoteKey[]): NoteKey[] {
  const all = [...trusted];
  for (const { key, note } of keys) {
    const signers = signersOf(note, all) ?? [];
    if (signers.some(({ name }) => name === key.name) && !all.some(({ vkey }) => vkey === key.vkey)) all.push(key);
  }
  return all;
}
