import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option, CommanderError } from "commander";
import type { Config } from "../../config/config.ts";
import { parseDuration } from "../../config/schema/values.ts";
import type { Clock } from "../../domain/ports.ts";
import type { Printer, Terminal } from "./printer.ts";
import { BundleFailure, TransientFailure } from "../../bundles/failure.ts";
import { ConfigError } from "../../config/read-config.ts";
import { CannotStart, NoPolicy } from "../../domain/errors.ts";
import { UnusableKey } from "../../lib/private-file.ts";

/** What every verb works with. */
export interface CliDeps {
  readonly printer: Printer;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
  /** Null when no person can answer questions. */
  readonly terminal: Terminal | null;
  /** All of standard input as text. */
  readonly readInput: () => Promise<string>;
  readonly serve: Serve;
}

/** Files that the configuration was read from. */
export interface ConfigFiles {
  readonly path: string;
  readonly opaConfig: string | null;
}

/** Runs the gateway with the configuration read from the files, until a signal stops it. */
export type Serve = (config: Config, files: ConfigFiles, acceptStore: boolean) => Promise<void>;

/** Options of every verb. */
export interface VerbOptions {
  readonly json: boolean;
}

/** Options of the verbs that read the configuration. */
export interface ConfigOptions extends VerbOptions {
  readonly config: string;
}

/** One row of the table of verbs. Each of its options must be read by the code behind `run`. */
export interface Verb {
  /** The name and its arguments, as in `approve <id>`, `impact <old> <new>`, or `run <file...>`. */
  readonly usage: string;
  readonly summary: string;
  /** Command lines to paste, without the leading `sallyport`. */
  readonly examples: readonly string[];
  /** In the order of the help text; `--json` is added to all. */
  readonly options: readonly Option[];
  /**
   * `all`: every argument, the first one included.
   * @throws CliFailure, ConfigError, BundleFailure
   */
  run(deps: CliDeps, options: VerbOptions, argument?: string, all?: readonly string[]): Promise<void> | void;
}

const jsonOption = new Option("--json", "print the result as JSON").default(false);

export const configOption = new Option("-c, --config <file>", "configuration file").default("sallyport.yaml");

/** Adds the verb to its noun, or to the program itself. */
export function addVerb(parent: Command, verb: Verb, deps: CliDeps): void {
  const lines = verb.examples.map((example) => `  $ sallyport ${example}`).join("\n");
  const command = parent.command(verb.usage).description(verb.summary).addHelpText("after", `\nExamples:\n${lines}`);
  for (const option of [jsonOption, ...verb.options]) command.addOption(option);
  command.action(() => {
    assertConfigThere(command);
    return verb.run(deps, command.opts(), command.args[0], command.args);
  });
}

/** Verbs that need no configuration pass over a usual one that is not there, and would pass over one with a mistyped name. @throws CliFailure */
function assertConfigThere(command: Command): void {
  const { config } = command.opts<Partial<ConfigOptions>>();
  if (config === undefined || command.getOptionValueSource("config") !== "cli" || existsSync(config)) return;
  throw new CliFailure(exits.usage, "config_missing", `There is no file ${config}, which --config names.`);
}

/** Parser of an option that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

export function wholeNumber(value: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(value)) throw new InvalidArgumentError("Expected a whole number from 1.");
  return Number(value);
}

/** In milliseconds. */
export function durationOption(value: string): number {
  const ms = parseDuration(value);
  if (Number.isNaN(ms) || ms < 1000) throw new InvalidArgumentError("Expected a duration such as 30s, 10m or 1h.");
  return ms;
}

/** Exit codes of the command line; scripts may rely on them. */
export const exits = {
  ok: 0,
  /** A negative answer: not ready, not found, vote refused. */
  negative: 1,
  /** Wrong usage, a broken configuration, or a policy that cannot be read or built here now. */
  usage: 2,
  /** The policy does not compile. */
  policy: 3,
  /** The policy's tests fail. */
  tests: 4,
  /** The gateway cannot be reached, or refuses the sign-in. */
  unreachable: 5,
  /** A comparison that was asked for compared nothing, so that it is no pass. */
  uncompared: 6,
} as const;

export type Exit = (typeof exits)[keyof typeof exits];

/** Ends the command with an exit code: one sentence for people, a code for scripts, and details for `--json`. */
export class CliFailure extends Error {
  readonly exit: Exit;
  readonly code: string;
  readonly details: Record<string, unknown>;

  /** An empty `message` prints nothing: the verb has printed its result already. */
  constructor(exit: Exit, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "CliFailure";
    this.exit = exit;
    this.code = code;
    this.details = details;
  }
}

/** The policy may be good: a file of it could not be read, or its build took too long or found no room. */
function unavailable({ message }: Error): CliFailure {
  return new CliFailure(exits.usage, "policy_unavailable", message);
}

/** Converts a thrown value into a failure; null for a command line that only requested help. */
export function asCliFailure(thrown: unknown): CliFailure | null {
  if (thrown instanceof CliFailure) return thrown;
  if (thrown instanceof CannotStart) return new CliFailure(exits.usage, thrown.code, thrown.message);
  if (thrown instanceof UnusableKey) return new CliFailure(exits.usage, "key_unusable", thrown.message);
  if (thrown instanceof ConfigError)
    return new CliFailure(exits.usage, "config_invalid", thrown.message, { problems: thrown.problems });
  if (thrown instanceof NoPolicy)
    return thrown.cause instanceof TransientFailure
      ? unavailable(thrown)
      : new CliFailure(exits.policy, "policy_invalid", thrown.message);
  if (thrown instanceof TransientFailure) return unavailable(thrown);
  if (thrown instanceof BundleFailure)
    return new CliFailure(exits.policy, "policy_invalid", thrown.message, { locations: thrown.locations });
  // Commander has printed its message already.
  if (thrown instanceof CommanderError)
    return thrown.exitCode === 0 ? null : new CliFailure(exits.usage, thrown.code, "");
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new CliFailure(exits.negative, "internal", message);
}
