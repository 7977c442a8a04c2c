import { dirname, join } from "node:path";
import { existsSync } from "node:fs";
import { Option } from "commander";
import { escapeControls } from "../../lib/look-alike.ts";
import type { NoteKey } from "../../lib/tlog/note.ts";
import { type ProofFinding, strayOf, verifyProofsOf } from "../../record/audit/verify-proof.ts";
import { logKeysIn, trustedKeys } from "../../record/tree/log-keys.ts";
import { CliFailure, exits, type Verb, type VerbOptions } from "../common/verb.ts";
import { keyOption, keysOf, readText } from "./options.ts";
import { receiptCheck } from "./receipt-check.ts";

interface VerifyProofOptions extends VerbOptions {
  readonly key: readonly string[];
  readonly approvalKeys?: string;
}

/** Beside proofs: the keys of their log, each in a note that the key before it has signed. */
export const handOverFile = "log.keys";

/** `sallyport audit verify-proof FILE`: needs no log and no gateway. */
export const verifyProofs: Verb = {
  usage: "verify-proof <file...>",
  summary: "check proofs of lines of a log, and the receipts in them, offline",
  examples: ["audit verify-proof d_9fK2…/*.tlog-proof --key log.vkey --approval-keys approval-keys.json"],
  options: [
    keyOption,
    new Option("--approval-keys <file>", "published key set of receipts; default: the key that the receipt names"),
  ],
  run({ printer }, { json, key, approvalKeys }: VerifyProofOptions, _first, files = []) {
    const keys = keysOf(key);
    if (keys.length === 0)
      throw new CliFailure(exits.usage, "key_missing", "Give the verifier key of the log with --key.");
    const receipt = receiptCheck(approvalKeys);
    const texts = files.map(readText);
    const proofs = verifyProofsOf(texts, trustedBeside(files, keys)).map((finding) => {
      const problem = finding.ok && finding.record["kind"] === "receipt" ? receipt(finding.record) : null;
      return problem === null ? finding : { ok: false as const, problem: `its receipt does not hold: ${problem}` };
    });
    const stray = strayOf(proofs);
    const found = proofs.map((finding, at) => ({ file: files[at] ?? "", ...finding, stray: stray[at] ?? null }));
    const ok = found.every((one) => one.ok && one.stray === null);
    printer.result(json, { ok, proofs: found }, escapeControls(found.map(textOf).join("\n"), true));
    // Each line may be in the log, and all of them together still prove no action.
    if (!ok) throw new CliFailure(exits.negative, "proof_invalid", "");
  },
};

function textOf(found: ProofFinding & { readonly file: string; readonly stray: string | null }): string {
  if (!found.ok) return `${found.file}: does not hold: ${found.problem}`;
  const { file, index, size, log, stray, record } = found;
  const alone = stray === null ? "" : `; but ${stray}`;
  return `${file}: holds: line ${index} of ${size} of ${log}${alone}\n${JSON.stringify(record, null, 2)}`;
}

/** The keys, and those that follow from them by the notes beside the proofs. @throws CliFailure hand_over_invalid */
function trustedBeside(files: readonly string[], keys: readonly NoteKey[]): NoteKey[] {
  const beside = new Set(files.map((file) => join(dirname(file), handOverFile)));
  const notes = [...beside].filter((file) => existsSync(file)).flatMap(notesIn);
  return trustedKeys(notes, keys);
}

function notesIn(file: string): ReturnType<typeof logKeysIn> {
  const text = readText(file);
  try {
    return logKeysIn(text);
  } catch (failure) {
    const next = "take it from the folder that audit prove wrote, or remove it and give each key of the log with --key";
    throw new CliFailure(exits.usage, "hand_over_invalid", `${file}: ${(failure as Error).message}; ${next}.`);
  }
}
