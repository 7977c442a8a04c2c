import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ActionBinding } from "../../../gateway/domain/approval.ts";
import { sampleApproval } from "../../support/console/sample-approvals.ts";
import { type ConsoleOptions, type RunningConsole, startConsole } from "../../support/console/start-console.ts";
import { inProcess, type Ran } from "./run.ts";

/** A running console, and the command line of somebody who may approve. */
export interface ConsoleCli {
  readonly running: RunningConsole;
  /** A folder of its own, without a configuration. */
  readonly cwd: string;
  asApprover(...args: string[]): Promise<Ran>;
  hold(id: string, binding?: Partial<ActionBinding>): void;
  close(): Promise<void>;
}

export async function startConsoleCli(options: ConsoleOptions = {}): Promise<ConsoleCli> {
  const running = await startConsole(options);
  const cwd = mkdtempSync(join(tmpdir(), "sallyport-cli-"));
  const passwordFile = join(cwd, "password");
  writeFileSync(passwordFile, `${running.password}\n`);
  const signIn = ["--console", running.url, "--user", running.user, "--password-file", passwordFile];
  return {
    running,
    cwd,
    asApprover: (...args) => inProcess([...args, ...signIn]),
    hold: (id, binding = {}) => void running.service.add(sampleApproval({ id, created: Date.now(), binding })),
    async close() {
      await running.close();
      rmSync(cwd, { recursive: true });
    },
  };
}
