import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../scripts/audit-verify/audit_verify.py", import.meta.url));

/** Exit code and output of the verifier that shares no code with the gateway. */
export function runOtherVerifier(...args: readonly string[]): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  return spawnSync("python3", [script, ...args], { encoding: "utf8" });
}

/** What the verifier that shares no code with the gateway says of a log. `options`: `--live` for one that is written to. */
export function otherVerifier(
  log: string,
  ...options: readonly string[]
): { readonly ok: boolean; readonly lines: number; readonly problems: readonly string[] } {
  return JSON.parse(runOtherVerifier(...options, log).stdout) as never;
}
