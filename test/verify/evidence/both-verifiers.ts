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

/** What the gateway's own verifier says: null when the log holds, else why not. */
export async function ownVerdict(dir: string, { vkey, checkpoint }: Trusted, isLive = false): Promise<string | null> {
  try {
    const report = await verifyLog({
      ...{ dir, keys: [parseVkey(vkey)], kept: checkpoint === null ? [] : [checkpoint.text], isLive },
      witness: null,
      receipt: receiptCheck(undefined),
      progress: () => undefined,
    });
    return report.ok ? null : report.problems.map(({ code, detail }) => `${code}: ${detail}`).join("; ");
  } catch (failure) {
    if (failure instanceof NoLog) return failure.message;
    throw failure;
  }
}

/** The same of the verifier in Python, for many logs at once. */
export async function otherVerdicts(
  dirs: readonly string[],
  { vkey, checkpoint }: Trusted,
  isLive = false,
): Promise<(string | null)[]> {
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
  return reports.map(({ ok, problems }) => (ok ? null : problems.join("; ")));
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
