import type { Config } from "../config/config.ts";
import type { Clock } from "../domain/ports.ts";
import type { Printer } from "./printer.ts";
import type { Terminal } from "./terminal.ts";

/** What every verb is given. */
export interface Cli {
  readonly printer: Printer;
  readonly clock: Clock;
  /** Aborted when the person presses Ctrl-C. */
  readonly stop: AbortSignal;
  /** Null when nobody can be asked. */
  readonly terminal: Terminal | null;
  readonly actions: CliActions;
}

/** What `main.ts` hands in; the command line starts nothing itself. */
export interface CliActions {
  /** Runs the gateway with the configuration that `path` holds, until it is told to stop. */
  serve?(config: Config, path: string, acceptStore: boolean): Promise<void>;
}
