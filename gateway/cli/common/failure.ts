import { CommanderError } from "commander";
import { BundleFailure } from "../../bundles/failure.ts";
import { ConfigError } from "../../config/read-config.ts";

/** What the command line ends with; scripts may rely on these. */
export const exits = {
  ok: 0,
  /** The answer is no: not ready, not found, vote refused. */
  negative: 1,
  /** Wrong usage or a broken configuration. */
  usage: 2,
  /** The policy does not compile. */
  policy: 3,
  /** The policy's tests fail. */
  tests: 4,
  /** The gateway cannot be reached, or refuses the sign-in. */
  unreachable: 5,
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

/** The failure that a thrown value stands for; null for a command line that only asked for help. */
export function asCliFailure(thrown: unknown): CliFailure | null {
  if (thrown instanceof CliFailure) return thrown;
  if (thrown instanceof ConfigError)
    return new CliFailure(exits.usage, "config_invalid", thrown.message, { problems: thrown.problems });
  if (thrown instanceof BundleFailure)
    return new CliFailure(exits.policy, "policy_invalid", thrown.message, { locations: thrown.locations });
  // Commander has printed its message already.
  if (thrown instanceof CommanderError)
    return thrown.exitCode === 0 ? null : new CliFailure(exits.usage, thrown.code, "");
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new CliFailure(exits.negative, "internal", message);
}
