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
  /** The gateway cannot be reached, or does not let us in. */
  unreachable: 5,
} as const;

export type Exit = (typeof exits)[keyof typeof exits];

/** Ends the command: one sentence for people, a code for scripts, and details for `--json`. */
export class CliFailure extends Error {
  readonly exit: Exit;
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(exit: Exit, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "CliFailure";
    this.exit = exit;
    this.code = code;
    this.details = details;
  }
}
