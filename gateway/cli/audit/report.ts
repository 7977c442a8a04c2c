import { join } from "node:path";
import { Option } from "commander";
import { readConfig } from "../../config/read-config.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { collectEvidence } from "../../record/audit/evidence-pack.ts";
import { checkedMoment, momentForms, momentOf } from "../common/moment.ts";
import { CliFailure, type ConfigOptions, configOption, exits, type Verb } from "../common/verb.ts";
import { keyOption, keysOf, verifiedLog, writeFiles } from "./options.ts";
import { receiptReader } from "./receipt-check.ts";
import { receiptKeysText, type Report, reportedApprovals, uncoveredText } from "./reported-approvals.ts";
import { reportPage } from "./report-page.ts";

interface ReportOptions extends ConfigOptions {
  readonly since: string;
  readonly dir?: string;
  readonly out?: string;
  readonly key: readonly string[];
  readonly approvalKeys?: string;
  readonly live: boolean;
}

/** `sallyport audit report`: exit 1 when the log or a receipt does not hold; the report says so, and is written all the same. */
export const report: Verb = {
  usage: "report",
  summary: "write what an auditor asks for: policies, decisions by rule, approvals with receipts, revocations, the log",
  examples: ["audit report --since 30d --live", "audit report --since 2026-07-01 --dir /backup/log --key log.vkey"],
  options: [
    configOption,
    new Option("--since <when>", `from then on: 30d for thirty days ago, ${momentForms}`)
      .default("30d")
      .argParser(checkedMoment),
    new Option("--dir <folder>", "the log; default: that of the configuration"),
    new Option("--out <folder>", "where report.json and report.html go; default: audit-report"),
    keyOption,
    new Option("--approval-keys <file>", "published key set of receipts; default: the key that each receipt names"),
    new Option("--live", "the log is being written: its last lines may lack a checkpoint").default(false),
  ],
  async run({ printer, clock }, options: ReportOptions) {
    const { json, config, since, dir, out = "audit-report", key, approvalKeys, live } = options;
    const log = dir ?? readConfig(config, { secrets: false }).record.dir;
    const read = receiptReader(approvalKeys);
    const verified = await verifiedLog(printer, {
      dir: log,
      keys: keysOf(key),
      kept: [],
      isLive: live,
      witness: null,
      authorities: null,
      receipt: (record) => read(record).problem,
    });
    const { receipts, ...found } = await collectEvidence(log, momentOf(since, clock.now()), verified.size);
    printer.progress(null);
    const approvals = reportedApprovals(receipts, read);
    const made: Report = {
      ok: verified.ok && approvals.every((one) => one.receipts.every(({ problem }) => problem === null)),
      made_at: new Date(clock.now()).toISOString(),
      receipt_keys: approvalKeys === undefined ? "of the records" : "given",
      ...found,
      approvals,
      log: verified,
    };
    const files = { json: join(out, "report.json"), html: join(out, "report.html") };
    writeFiles([
      [files.json, `${JSON.stringify(made, null, 2)}\n`],
      [files.html, reportPage(made)],
    ]);
    printer.result(json, { ok: made.ok, files }, escapeControls(textOf(made, files), true));
    if (!made.ok) throw new CliFailure(exits.negative, "log_invalid", "");
  },
};

function textOf(made: Report, files: object): string {
  const { ok, since, policies, decisions, approvals, revocations, log, unread } = made;
  const { allow, deny, hold } = decisions.by_effect;
  return [
    ok ? "The log holds." : `The log does not hold: ${log.problem_count} problems.`,
    `since       ${since}`,
    `policies    ${policies.length}`,
    `decisions   ${decisions.total}: ${allow} allow, ${deny} deny, ${hold} hold; ${decisions.by_rule.length} rules`,
    `approvals   ${approvals.length}`,
    `receipts    ${receiptKeysText(made)}`,
    `revocations ${revocations.length}`,
    ...(log.uncovered === 0 ? [] : [`not proven  ${uncoveredText(made)}`]),
    ...unread.map((problem) => `left out    ${problem}`),
    ...Object.values(files),
  ].join("\n");
}
