import { setFlagsFromString } from "node:v8";
import type { Streams } from "./common/printer.ts";
import { endedBy } from "./common/signals.ts";
import { CliFailure, type ConfigFiles, exits } from "./common/verb.ts";
import { runCli } from "./run-cli.ts";
import type { Config } from "../config/config.ts";
import { ConfigEdits } from "../config/config-edits.ts";
import { environmentVariable } from "../config/environment.ts";
import { Refusal } from "../domain/errors.ts";
import { postgresPlace } from "../lib/postgres-url.ts";
import { createLogger } from "../record/logger.ts";
import type { Serving } from "../compose/serve.ts";

/**
 * Runs the gateway until SIGTERM or SIGINT, or until the `scripts/run.mjs` that started it has gone; then stops it as `stop.ts` says.
 * Another signal ends it at once. SIGHUP looks at the configuration file and ends nothing. @throws CliFailure when it cannot start
 */
async function serveInForeground(config: Config, files: ConfigFiles, acceptStore: boolean): Promise<void> {
  countBuffersAsHeap();
  const logger = createLogger(config.log);
  const edits = new ConfigEdits(files.path, logger, files.opaConfig);
  process.on("SIGHUP", () => void edits.look(true));
  // Only here: no other verb needs the request path.
  const { serve } = await import("../compose/serve.ts");
  const serving = await serve(config, logger, { others: [edits], acceptStore }).catch(async (failure: unknown) => {
    edits.close();
    throw asCliFailure(await storeFailure(config, failure));
  });
  greet(serving);
  logger.info(`stopping: ${await stopAsked()}; not ready any more, ${planOf(config)}; another signal ends it at once`);
  edits.close();
  endAtNextSignal();
  await serving.stop();
}

/**
 * V8 collects all memory whenever buffers have grown by 64 MiB since the last time, however large the heap is: streams and long answers
 * pass so much in moments. With this flag buffers count towards the limit that the heap has, which grows with what is in use.
 */
function countBuffersAsHeap(): void {
  setFlagsFromString("--external-memory-accounted-in-global-limit");
}

function planOf({ listeners }: Config): string {
  const { drainMs, finishMs } = listeners.agents.limits;
  const first = drainMs === 0 ? "" : `serving calls for ${drainMs / 1_000} s more; then `;
  return `${first}waiting callers are told to come back, and running calls may take ${finishMs / 1_000} s to end`;
}

const signals = ["SIGTERM", "SIGINT"] as const;

function endAtNextSignal(): void {
  for (const signal of signals) {
    process.on(signal, () => {
      process.stderr.write(`ended at once: ${signal}\n`);
      endedBy(signal);
    });
  }
}

const lookForParentMs = 500;

/** Why the gateway is to stop, as soon as it is. */
function stopAsked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve(signal));
    // Who kills the npm process means the gateway; it would otherwise go on without anybody who knows of it.
    // Whatever else the same process started inherits the variable; only its own child is meant.
    const parent = process.ppid;
    if (environmentVariable("SALLYPORT_PARENT") !== String(parent)) return;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve("the process that started it has ended");
    }, lookForParentMs).unref();
  });
}

/** Passwords are told here and nowhere else: not in the log, not in a file. */
function greet({ agents, console, newAccounts }: Serving): void {
  process.stderr.write(`agents call ${agents}\npeople decide at ${console}\n`);
  for (const { name, password } of newAccounts) {
    process.stderr.write(`first password of ${name}, told only now: ${password}\n`);
  }
}

/** PostgreSQL may refuse something at any step of the start, such as its last free connection. */
async function storeFailure({ store, secret }: Config, failure: unknown): Promise<unknown> {
  if (!(failure instanceof Refusal) || failure.code !== "store_unavailable" || "sqlite" in store) return failure;
  const { explained } = await import("../store/postgres/explained.ts");
  const found = postgresPlace(secret(store.postgres.urlReference).trim());
  return explained(failure, "place" in found ? found.place : "in PostgreSQL");
}

function asCliFailure(failure: unknown): unknown {
  const { syscall, code, address, port } = failure as NodeJS.ErrnoException & { address?: string; port?: number };
  if (syscall !== "listen") return failure;
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

/** The whole command line, with the gateway itself behind `serve`. @returns the exit code */
export function runSallyport(words: readonly string[], streams: Streams = process): Promise<number> {
  return runCli(words, serveInForeground, streams);
}
