import { CliFailure, exits } from "./cli/exit-codes.ts";
import { runCli } from "./cli/run-cli.ts";
import type { Config } from "./config/config.ts";
import { createLogger } from "./record/logger.ts";
import { NoPolicy, serve, type Serving } from "./serve.ts";

/** Runs the gateway until SIGTERM or SIGINT, then lets running calls end. @throws CliFailure when it cannot start */
async function serveInForeground(config: Config): Promise<void> {
  const logger = createLogger(config.log);
  const serving = await serve(config, logger).catch((failure: unknown) => {
    throw asCliFailure(failure);
  });
  greet(serving);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  logger.info("stopping: running calls may end, waiting callers are told to come back");
  await serving.stop();
}

/** Passwords are told here and nowhere else: not in the log, not in a file. */
function greet({ agents, console, newAccounts }: Serving): void {
  process.stderr.write(`agents call ${agents}\npeople decide at ${console}\n`);
  for (const { name, password } of newAccounts) {
    process.stderr.write(`first password of ${name}, told only now: ${password}\n`);
  }
}

function asCliFailure(failure: unknown): unknown {
  if (failure instanceof NoPolicy) return new CliFailure(exits.policy, "policy_invalid", failure.message);
  const { code, address, port } = failure as { code?: string; address?: string; port?: number };
  if (code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL") {
    const why = code === "EADDRINUSE" ? "another process listens there" : "this user or machine may not listen there";
    return new CliFailure(
      exits.usage,
      "listener_unavailable",
      `cannot listen on ${address}:${port}: ${why}; change listeners in the configuration`,
    );
  }
  return failure;
}

process.exitCode = await runCli(process.argv.slice(2), { serve: serveInForeground });
