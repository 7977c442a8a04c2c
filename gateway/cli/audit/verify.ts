import { X509Certificate } from "node:crypto";
import { Option } from "commander";
import { escapeControls } from "../../lib/look-alike.ts";
import type { AuditReport, StampedLines } from "../../record/audit/audit-report.ts";
import { readConfig } from "../../config/read-config.ts";
import { CliFailure, collect, type ConfigOptions, configOption, exits, type Verb } from "../common/verb.ts";
import { keyOption, keysOf, readText, verifiedLog, witnessKeyOf } from "./options.ts";
import { receiptCheck } from "./receipt-check.ts";

interface VerifyOptions extends ConfigOptions {
  readonly key: readonly string[];
  readonly checkpoint: readonly string[];
  readonly witness?: string;
  readonly tsa?: string;
  readonly approvalKeys?: string;
  readonly live: boolean;
}

/** `sallyport audit verify [DIR]`, by default of the configuration's log: exit 0 when everything holds, 1 when something does not, 2 when there is no log. */
export const verify: Verb = {
  usage: "verify [folder]",
  summary: "check a decision log: every line, the tree over them, every checkpoint, what records say of one another",
  examples: [
    "audit verify .sallyport/log",
    "audit verify /var/lib/sallyport/log --live --key log.vkey --checkpoint kept-elsewhere.checkpoint --json",
  ],
  options: [
    configOption,
    keyOption,
    new Option("--checkpoint <file>", "a checkpoint of this log that was kept elsewhere; may be repeated")
      .argParser(collect)
      .default([]),
    new Option("--witness <vkey>", "verifier key of the witness that has to have cosigned the log, or a file with it"),
    new Option(
      "--tsa <file>",
      "certificates of time stamping authorities (PEM), one of which has to have stamped the log (RFC 3161)",
    ),
    new Option("--approval-keys <file>", "published key set of receipts; default: the key that each receipt names"),
    new Option(
      "--live",
      "the log is being written, or its gateway was killed: its last lines may lack a checkpoint",
    ).default(false),
  ],
  async run({ printer }, options: VerifyOptions, folder) {
    const { json, config, key, checkpoint, witness, tsa, approvalKeys, live } = options;
    const report = await verifiedLog(printer, {
      dir: folder ?? readConfig(config, { secrets: false }).record.dir,
      keys: keysOf(key),
      kept: checkpoint.map(readText),
      isLive: live,
      witness: witness === undefined ? null : witnessKeyOf(witness),
      authorities: tsa === undefined ? null : certificatesIn(tsa),
      receipt: receiptCheck(approvalKeys),
    });
    printer.progress(null);
    printer.result(json, report, escapeControls(reportText(report), true));
    if (!report.ok) throw new CliFailure(exits.negative, "log_invalid", "");
  },
};

function reportText(report: AuditReport): string {
  const { log, size, cosigned, lines, segments, checkpoints, pruned, uncovered, decisions, unfinished, receipts } =
    report;
  const { time_stamps: stamps } = report;
  const more = report.problem_count - report.problems.length;
  return [
    report.ok ? "The log holds." : `The log does not hold: ${report.problem_count} problems.`,
    `log         ${log}`,
    `keys        ${report.keys === "given" ? "given" : "those that the log names: a log that was replaced with its key goes unseen; see --key"}`,
    ...(cosigned === null ? [] : [`cosigned    by ${cosigned.by} at ${cosigned.at}: ${cosigned.size} lines`]),
    ...(stamps === null ? [] : [`time stamps ${stampText(stamps)}`]),
    `lines       ${lines} of ${size} in ${segments} segments; ${pruned} removed by retention; ${uncovered} behind the newest checkpoint`,
    `checkpoints ${checkpoints}`,
    `decisions   ${decisions}, ${unfinished} of them without an outcome`,
    `receipts    ${receipts}`,
    `root        ${report.root}`,
    ...report.problems.map(({ code, place, detail }) => `${code}: ${place === "" ? "" : `${place}: `}${detail}`),
    ...(more > 0 ? [`and ${more} more problems`] : []),
  ].join("\n");
}

/** The first and the last: what is between them is in the JSON. */
function stampText(stamps: readonly StampedLines[]): string {
  const given = stamps.filter((one) => one.is_given);
  const others = stamps.filter((one) => !one.is_given);
  const told = [...new Set([given[0], given.at(-1)])].flatMap((one) =>
    one === undefined ? [] : [`${one.size} lines were there at ${one.at}, by ${one.by}`],
  );
  const by = [...new Set(others.map((one) => one.by))].join("; ");
  const ofOthers =
    others.length === 0 ? [] : [`${others.length} prove nothing, by authorities that were not given: ${by}`];
  return [`${given.length} hold`, ...told, ...ofOthers].join("; ");
}

/** @throws CliFailure certificates_invalid */
function certificatesIn(file: string): X509Certificate[] {
  const texts = readText(file).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (texts.length === 0) throw new Error("it has none");
    return texts.map((text) => new X509Certificate(text));
  } catch (failure) {
    throw new CliFailure(
      exits.usage,
      "certificates_invalid",
      `${file} has no certificate (PEM): ${(failure as Error).message}.`,
    );
  }
}
