import type { Subject } from "../subject.ts";

/** What somebody outside says of a subject. */
export interface OutsideSignal {
  /** Name of the event, such as "risk-level-change". */
  readonly name: string;
  /** Who says so: the id of the transmitter. What one says takes nothing away from what another says. */
  readonly source: string;
  /** 0 to 1. */
  readonly level: number;
  /** One sentence for people. */
  readonly evidence: string;
  /** When it happened, in milliseconds since the epoch. */
  readonly at: number;
  /** When it stops to count; null: never. */
  readonly until: number | null;
}

/** Risk signals of other systems about subjects; durable, and kept in memory for calls. */
export interface OutsideSignals {
  /** Brings what other processes have written into memory; null when nothing has to be read. On every call before `of`. */
  refresh(): Promise<void> | null;
  /** What counts now of this caller, of whom it acts for and of the actors in between; from memory. */
  of(subject: Subject): readonly OutsideSignal[];
  /**
   * Durable when it resolves. In the place of an earlier one of the same name and source about the same subject, unless that one is
   * newer; level 0 takes it away.
   * @throws when it cannot be written; nothing has changed then
   */
  add(target: OutsideTarget, signal: OutsideSignal): Promise<void>;
}

export interface OutsideTarget {
  /** null: of any issuer. */
  readonly issuer: string | null;
  readonly subject: string;
}

/** A stored signal, and whom it is about. */
export interface StoredSignal extends OutsideSignal, OutsideTarget {}

export interface OutsideSignalStore {
  /** In the place of one of the same issuer, subject, name and source that is not newer. Durable when it resolves. */
  put(signal: StoredSignal): Promise<void>;
  /** All that has not ended, oldest first, at most `most`. */
  list(now: number, most: number): Promise<readonly StoredSignal[]>;
  /** Removes what has ended. */
  purge(now: number): Promise<void>;
  /** True when another process wrote to the store since the last look. Looks at memory only, or nearly so. */
  changedElsewhere(): boolean;
}
