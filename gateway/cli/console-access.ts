import { existsSync } from "node:fs";
import type { Command } from "commander";
import { isLoopback } from "../config/addresses.ts";
import { environmentVariable, parseReference, readSecret } from "../config/environment.ts";
import { readConfig } from "../config/read-config.ts";
import { CliFailure, exits } from "./exit-codes.ts";

export interface ConsoleOptions {
  readonly console?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly config: string;
  readonly json: boolean;
}

export function consoleOptions(command: Command): Command {
  return command
    .option("--console <url>", "console of the gateway; default: SALLYPORT_CONSOLE, else the configuration's")
    .option("--user <name>", "who signs in; default: SALLYPORT_USER, else the configuration's only user")
    .option("--password-file <file>", "file with the password; default: the variable SALLYPORT_PASSWORD")
    .option("-c, --config <file>", "configuration file", "sallyport.yaml");
}

export function consoleUrl(options: Pick<ConsoleOptions, "console" | "config">): string {
  const given =
    options.console ??
    environmentVariable("SALLYPORT_CONSOLE") ??
    configured(options.config)?.publicUrl ??
    "http://127.0.0.1:8701";
  if (!URL.canParse(given)) throw new CliFailure(exits.usage, "console_url", `${given} is not a URL.`);
  const url = new URL(given);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw new CliFailure(
      exits.usage,
      "console_url",
      `${url.origin} would carry the password in plain text; use https beyond loopback.`,
    );
  }
  return url.origin;
}

export function credentialsOf(options: ConsoleOptions): { readonly user: string; readonly password: string } {
  const users = configured(options.config)?.login?.users ?? [];
  const user =
    options.user ?? environmentVariable("SALLYPORT_USER") ?? (users.length === 1 ? users[0]?.name : undefined);
  if (user === undefined) throw new CliFailure(exits.usage, "user_missing", "Say who signs in: --user NAME.");
  return { user, password: passwordOf(options) };
}

function passwordOf(options: ConsoleOptions): string {
  if (options.passwordFile === undefined) {
    const password = environmentVariable("SALLYPORT_PASSWORD");
    if (password !== null && password !== "") return password;
    throw new CliFailure(
      exits.usage,
      "password_missing",
      "Give the password in the variable SALLYPORT_PASSWORD or with --password-file FILE.",
    );
  }
  const reference = parseReference(`file:${options.passwordFile}`, process.cwd());
  try {
    if (reference !== null) return readSecret(reference);
  } catch (failure) {
    throw new CliFailure(exits.usage, "password_file", (failure as Error).message);
  }
  throw new CliFailure(exits.usage, "password_file", "--password-file needs a file name.");
}

/** The console as configured, when there is a configuration here; somebody else's gateway needs none. */
function configured(file: string) {
  return existsSync(file) ? readConfig(file, { secrets: false }).listeners.console : null;
}
