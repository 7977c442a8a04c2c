import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { readConfig } from "../../config/read-config.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { NotProved, proveAction } from "../../record/audit/prove.ts";
import { verifyProofsOf } from "../../record/audit/verify-proof.ts";
import { logKeysIn } from "../../record/tree/log-keys.ts";
import { TreeFolder } from "../../record/tree/tree-folder.ts";
import { CliFailure, type ConfigOptions, configOption, exits, type Verb, type VerbOptions } from "../common/verb.ts";
import { keyOption, keysOf, readText } from "./options.ts";
import { receiptCheck } from "./receipt-check.ts";

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
    const proved = await proveAction(log, id).catch((failure: unknown) => {
      if (failure instanceof NotProved) throw new CliFailure(exits.negative, "not_proved", `${failure.message}.`);
      throw failure;
    });
    const folder = out ?? id;
    mkdirSync(folder, { recursive: true });
    const counts = new Map<string, number>();
    const files = proved.map(({ kind, proof }) => {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      const file = join(folder, `${kind}${count === 1 ? "" : `-${count}`}.tlog-proof`);
      writeFileSync(file, proof);
      return file;
    });
    const keys = logKeysIn(new TreeFolder(log).read("keys") ?? "").map(({ key }) => key.vkey);
    writeFileSync(join(folder, "log.vkey"), `${keys.join("\n")}\n`);
    printer.result(json, { ok: true, files, keys }, [...files, join(folder, "log.vkey")].join("\n"));
  },
};

interface VerifyProofOptions extends VerbOptions {
  readonly key: readonly string[];
  readonly approvalKeys?: string;
}

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
    const found = verifyProofsOf(files.map(readText), keys).map((finding, at) => {
      const problem = finding.ok && finding.record["kind"] === "receipt" ? receipt(finding.record) : null;
      return {
        file: files[at] ?? "",
        ...(problem === null ? finding : { ok: false as const, problem: `its receipt does not hold: ${problem}` }),
      };
    });
    const lines = found.map((one) =>
      one.ok
        ? `${one.file}: holds: line ${one.index} of ${one.size} of ${one.log}\n${JSON.stringify(one.record, null, 2)}`
        : `${one.file}: does not hold: ${one.problem}`,
    );
    const ok = found.every((one) => one.ok);
    printer.result(json, { ok, proofs: found }, escapeControls(lines.join("\n"), true));
    if (!ok) throw new CliFailure(exits.negative, "proof_invalid", "");
  },
};
