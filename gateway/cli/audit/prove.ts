import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { readConfig } from "../../config/read-config.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { NotProved, proveAction, type ProvedLine } from "../../record/audit/prove.ts";
import { recordOfProof } from "../../record/audit/verify-proof.ts";
import { logKeysIn } from "../../record/tree/log-keys.ts";
import { TreeFolder } from "../../record/tree/tree-folder.ts";
import { CliFailure, type ConfigOptions, configOption, exits, type Verb } from "../common/verb.ts";
import { readText, unreadable, writeFiles } from "./options.ts";
import { handOverFile } from "./verify-proof.ts";

interface ProveOptions extends ConfigOptions {
  readonly dir?: string;
  readonly out?: string;
}

/** `sallyport audit prove d_…` */
export const prove: Verb = {
  usage: "prove <id>",
  summary:
    "write proofs of one action: its decision and what that refers to, its outcome, and the receipts of its approval",
  examples: ["audit prove d_9fK2…", "audit prove d_9fK2… --dir /backup/log --out evidence"],
  options: [
    configOption,
    new Option("--dir <folder>", "the log; default: that of the configuration"),
    new Option("--out <folder>", "where the proofs go; default: a folder named as the decision"),
  ],
  async run({ printer }, { json, config, dir, out }: ProveOptions, id = "") {
    if (!/^[\w-]{1,128}$/.test(id))
      throw new CliFailure(exits.usage, "id_invalid", "A decision id is expected, such as d_9fK2….");
    const log = dir ?? readConfig(config, { secrets: false }).record.dir;
    const { lines, unread } = await proveAction(log, id).catch((failure: unknown) => {
      if (failure instanceof NotProved) throw new CliFailure(exits.negative, "not_proved", `${failure.message}.`);
      throw unreadable(log, failure);
    });
    const { files, keys, keyFiles } = writeProofs(out ?? id, id, lines, notesOf(log));
    printer.result(json, { ok: true, files, keys, unread }, [...files, ...keyFiles].join("\n"));
    for (const problem of unread) printer.message(`Lines of this action may be missing: ${escapeControls(problem)}.`);
  },
};

/** The keys of the log, in notes. @throws CliFailure not_proved */
function notesOf(log: string): string {
  try {
    const notes = new TreeFolder(log).read("keys") ?? "";
    logKeysIn(notes);
    return notes;
  } catch (failure) {
    const problem = `tlog/keys of ${log} cannot be read: ${(failure as Error).message}`;
    throw new CliFailure(exits.negative, "not_proved", `${problem}; see sallyport audit verify.`);
  }
}

interface WrittenProofs {
  readonly files: readonly string[];
  /** Verifier keys of the log, and the files that have them. */
  readonly keys: readonly string[];
  readonly keyFiles: readonly string[];
}

/** `notes`: the keys of the log, with which a verifier follows from the first one to the one that signs now. @throws CliFailure */
function writeProofs(folder: string, id: string, proved: readonly ProvedLine[], notes: string): WrittenProofs {
  refuseOthers(folder, id);
  const keys = logKeysIn(notes).map(({ key }) => key.vkey);
  const counts = new Map<string, number>();
  const proofs = proved.map(({ kind, proof }): [file: string, text: string] => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return [join(folder, `${kind}${count === 1 ? "" : `-${count}`}${suffix}`), proof];
  });
  const ofKeys: [file: string, text: string][] = [
    [join(folder, "log.vkey"), `${keys.join("\n")}\n`],
    [join(folder, handOverFile), notes],
  ];
  writeFiles([...proofs, ...ofKeys]);
  return { files: proofs.map(([file]) => file), keys, keyFiles: ofKeys.map(([file]) => file) };
}

/** Proofs of two actions in one folder would be taken for those of one. @throws CliFailure folder_taken */
function refuseOthers(folder: string, id: string): void {
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  for (const name of names.filter((one) => one.endsWith(suffix))) {
    const other = recordOfProof(readText(join(folder, name)))?.["decision_id"] ?? id;
    if (other === id) continue;
    const found = `${join(folder, name)} is a proof of ${escapeControls(String(other))}`;
    throw new CliFailure(exits.usage, "folder_taken", `${found}; name a folder of its own for ${id} with --out.`);
  }
}

const suffix = ".tlog-proof";
