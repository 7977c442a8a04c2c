/** How far a log had come: kept in the store, apart from the log itself, so that a log that was cut or lost gives no number twice. */
export interface LogMark {
  /** A number that was given to a record on disk; there may be higher ones. */
  readonly last: number;
  /** No record has a higher number. */
  readonly reserved: number;
}

export interface LogMarks {
  /** Zeros for a log that has never been written. */
  read(): LogMark;
  /** Durable when it returns. Numbers up to `reserved` may be given from here on. */
  reserve(mark: LogMark): void;
  /** A power cut may undo it. */
  note(last: number): void;
}
