/** The gateway does not start, for a reason that a person can mend. The message is one sentence that says what to do. */
export class CannotStart extends Error {
  override readonly name = "CannotStart";
  /** Stable, for `--json`. */
  readonly code: "data_folder_in_use" | "data_folder_unusable" | "store_damaged" | "store_behind";

  constructor(code: CannotStart["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
