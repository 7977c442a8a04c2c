import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { Option } from "commander";
import { readConfig } from "../../config/read-config.ts";
import { openKeyFile, readKeyFile, replaceKeyFile } from "../../lib/key-file.ts";
import { UnusableKey } from "../../lib/private-file.ts";
import { noteKey } from "../../lib/tlog/note.ts";
import { keyNote, logKeyFile, logKeysIn } from "../../record/tree/log-keys.ts";
import { TreeFolder } from "../../record/tree/tree-folder.ts";
import { CliFailure, type ConfigOptions, configOption, exits, type Verb } from "../common/verb.ts";

interface RotateOptions extends ConfigOptions {
  readonly old?: string;
  readonly new?: string;
}

/** `sallyport audit rotate-key`: the key of the log signs the next one, so that whoever trusts the first trusts both. */
export const rotateKey: Verb = {
  usage: "rotate-key",
  summary: "make the next key of the log, signed by the one before; the gateway signs with it from its next start on",
  examples: ["audit rotate-key", "audit rotate-key --old /run/secrets/log-1.pem --new /run/secrets/log-2.pem"],
  options: [
    configOption,
    new Option("--old <file>", "the key that signs now (PEM); default: the one in the data folder"),
    new Option("--new <file>", "the next key (PEM), made when it is missing; default: in the place of the old one"),
  ],
  run({ printer }, { json, config: file, old, new: next }: RotateOptions) {
    const { record, dataDir } = readConfig(file, { secrets: false });
    const oldFile = old ?? join(dataDir, logKeyFile);
    const oldKey = keyIn(oldFile);
    const folder = new TreeFolder(record.dir);
    const last = logKeysIn(folder.read("keys") ?? "").at(-1);
    if (last === undefined || noteKey(last.origin, oldKey).vkey !== last.key.vkey)
      throw new CliFailure(
        exits.negative,
        "key_not_last",
        `${oldFile} is not the last key of the log in ${record.dir}.`,
      );
    const newKey = next === undefined ? generateKeyPairSync("ed25519").privateKey : keyIn(next, true);
    const key = noteKey(last.origin, newKey);
    if (key.vkey === last.key.vkey)
      throw new CliFailure(
        exits.usage,
        "key_same",
        `${next ?? oldFile} is the key that signs now; name another one with --new.`,
      );
    const note = keyNote(last.origin, key, { key: last.key, privateKey: oldKey });
    const announce = (): void => folder.appendKey(note);
    if (next === undefined) replaceKeyFile(oldFile, newKey, `${oldFile}.${last.key.id}`, announce);
    else announce();
    const text = `${key.vkey}\nsigns from the next start of the gateway on`;
    printer.result(json, { ok: true, key: key.vkey, before: last.key.vkey, file: next ?? oldFile }, text);
  },
};

/** @throws CliFailure key_unreadable */
function keyIn(file: string, makes = false): KeyObject {
  try {
    const made = (): KeyObject => generateKeyPairSync("ed25519").privateKey;
    const key = makes ? openKeyFile(file, made) : readKeyFile(file);
    if (key?.asymmetricKeyType === "ed25519") return key;
    throw new Error(key === null ? "there is no such file" : "it holds no Ed25519 key");
  } catch (failure) {
    // Its message names the file.
    if (failure instanceof UnusableKey) throw new CliFailure(exits.usage, "key_unreadable", failure.message);
    throw new CliFailure(exits.usage, "key_unreadable", `${file} cannot be used: ${(failure as Error).message}.`);
  }
}
