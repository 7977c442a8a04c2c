import type { PolicyFailure } from "../domain/ports.ts";

export type Stage = PolicyFailure["stage"];
export type Location = PolicyFailure["locations"][number];

/** A bundle that did not become active; the message has file:line: message, one a line, with paths below the source. */
export class BundleFailure extends Error {
  readonly stage: Stage;
  readonly locations: readonly Location[];

  constructor(stage: Stage, message: string, locations: readonly Location[] = [], cause?: unknown) {
    super(message, { cause });
    this.name = "BundleFailure";
    this.stage = stage;
    this.locations = locations;
  }
}

/** A failure that the same content may not meet again: a time limit, a full disk, a file that cannot be read now. */
export class TransientFailure extends BundleFailure {
  constructor(stage: Stage, message: string, cause?: unknown) {
    super(stage, message, [], cause);
    this.name = "TransientFailure";
  }
}

/** Any throw of a stage, as that stage's failure. */
export function asFailure(thrown: unknown, stage: Stage): BundleFailure {
  if (thrown instanceof BundleFailure) return thrown;
  const { code, syscall } = (thrown ?? {}) as NodeJS.ErrnoException;
  // The operating system's words for it would name a folder of this machine.
  if (typeof code === "string" && typeof syscall === "string")
    return new TransientFailure(stage, `the policy could not be built here: ${syscall} ${code}`, thrown);
  return new BundleFailure(stage, thrown instanceof Error ? thrown.message : String(thrown), [], thrown);
}

/** `what` cannot be read, with the operating system's word for why and without the path: whoever reads this may not know the machine. */
export function unreadable(what: string, error: unknown): TransientFailure {
  const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  return new TransientFailure("load", `${what} cannot be read: ${why}`, error);
}
