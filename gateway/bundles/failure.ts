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

/** Any throw of a stage, as that stage's failure. */
export function asFailure(thrown: unknown, stage: Stage): BundleFailure {
  if (thrown instanceof BundleFailure) return thrown;
  return new BundleFailure(stage, thrown instanceof Error ? thrown.message : String(thrown), [], thrown);
}
