import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseVkey } from "../../../gateway/lib/tlog/note.ts";
import { NoLog, verifyLog } from "../../../gateway/record/audit/verify-log.ts";
import { receiptCheck } from "../../../gateway/cli/audit/receipt-check.ts";

const script = fileURLToPath(new URL("../../../scripts/audit-verify/audit_verify.py", import.meta.url));

export interface Trusted {
  readonly vkey: string;
  /** File of a checkpoint that was kept elsewhere; null for none. */
  readonly checkpoint: { readonly file: string; readonly text: string } | null;
}

/** What a verifier says of a log, a sentence for each problem; none when it holds. */
export type Said = readonly string[];

/** Of the gateway's own verifier. */
export async function ownWord(dir: string, { vkey, checkpoint }: Trusted, isLive = false): Promise<Said> {
  try {
    const report = await verifyLog({
      dir,
      keys: [parseVkey(vkey)],
      kept: checkpoint === null ? [] : [checkpoint.text],
      isLive,
      witness: null,
      authorities: null,
      receipt: receiptCheck(undefined),
      progress: () => undefined,
    });
    return report.problems.map(({ code, place, detail }) => `${code}: ${place}: ${detail}`);
  } catch (failure) {
    if (failure instanceof NoLog) return [failure.message];
    throw failure;
  }
}

/** The same of the verifier in Python, for many logs at once. */
export async function otherWords(
  dirs: readonly string[],
  { vkey, checkpoint }: Trusted,
  isLive = false,
): Promise<Said[]> {
  const args = [
    "--key",
    vkey,
    ...(checkpoint === null ? [] : ["--checkpoint", checkpoint.file]),
    ...(isLive ? ["--live"] : []),
  ];
  const text = await run([script, ...args, ...dirs]);
  const reports = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { ok: boolean; problems: string[] });
  if (reports.length !== dirs.length) throw new Error(`${reports.length} reports of ${dirs.length} logs`);
  if (reports.some(({ ok, problems }) => ok !== (problems.length === 0)))
    throw new Error("a report whose verdict is not that of its problems");
  return reports.map(({ problems }) => problems);
}

/** Exit code 1 says that a log does not hold, which each line says itself. */
function run(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("python3", args, { maxBuffer: 64 * 1024 * 1024 }, (failure, stdout, stderr) => {
      if (failure === null || failure.code === 1) {
        if (stderr === "") return resolve(stdout);
      }
      reject(new Error(`the verifier in Python failed: ${stderr || String(failure)}`));
    });
  });
}
