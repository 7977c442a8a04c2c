import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../scripts/audit-verify/audit_verify.py", import.meta.url));

/** What the verifier that shares no code with the gateway says of a log. `options`: `--live` for one that is written to. */
export function otherVerifier(
  log: string,
  ...options: readonly string[]
): { readonly ok: boolean; readonly problems: readonly string[] } {
  return JSON.parse(spawnSync("python3", [script, ...options, log], { encoding: "utf8" }).stdout) as never;
}
