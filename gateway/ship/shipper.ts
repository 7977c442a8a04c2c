import { setTimeout as pause } from "node:timers/promises";
import type { Clock, Logger } from "../domain/ports.ts";
import type { ShipSettings, ShipState } from "../domain/shipping.ts";
import { isShared, timeIn } from "../record/decision/shared-record.ts";
import { DeliveryFailure, networkFailure } from "../net/post-json.ts";
import type { Destination } from "./destinations/destination.ts";
import { type Break, type Batch, LogReader } from "./log-reader.ts";
import { lastSeq } from "./last-seq.ts";
import { CursorDamaged, type CursorFile, type Position } from "./position.ts";

export interface ShipperOptions {
  /** Folder of the log. */
  readonly dir: string;
  readonly settings: Pick<ShipSettings, "name" | "everyMs" | "retry" | "timeoutMs">;
  readonly destination: Destination;
  readonly cursor: CursorFile;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
  /** Resolves after so many milliseconds, or when the signal ends it. Tests have one that takes no time. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What an attempt does: lines are read and sent, and at the end of the log what goes beside them. */
type Step = "lines" | "beside";

const usualSleep = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal, ref: false }).catch(() => undefined);

/**
 * Sends the log to one destination, each record at least once and in their order. How far it has come is on disk after each batch: a
 * process that is killed sends the last batch again.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #stopping = new AbortController();
  /** Ends the pause. */
  readonly #wake = new AbortController();
  #isEnding = false;
  readonly #counted = { sent: 0, failures: 0, missed: 0, reduced: 0 };
  #reader: LogReader | null = null;
  #running: Promise<void> = Promise.resolve();
  #error: string | null = null;
  /** Why the cursor could not be written the last time. */
  #unkept: string | null = null;
  /** Attempts that have failed in a row. */
  #failed = 0;
  /** Since when attempts fail, and what has to go well before they do not; null when they do not. */
  #failing: { readonly since: number; readonly step: Step } | null = null;
  /** When the oldest record was written that is read and not sent; null when there is none. */
  #oldest: number | null = null;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Sends what there is for so long at most. What is on its way then is cut off; it is sent again after the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#isEnding = true;
    this.#wake.abort();
    const grace = setTimeout(() => this.#stopping.abort(), graceMs);
    await this.#running;
    clearTimeout(grace);
    this.#reader?.close();
  }

  /** Sends what there is, and returns at the end of the log or with the first failure. @returns whether all of it was sent */
  async drain(): Promise<boolean> {
    for (;;) {
      const done = await this.#attempt();
      if (done !== "more") return done === "end";
    }
  }

  /** @throws Error when the log cannot be read */
  async state(): Promise<ShipState> {
    const { settings, dir, clock } = this.#options;
    const seq = this.#reader?.position?.seq ?? 0;
    const records = Math.max(0, (await lastSeq(dir)) - seq);
    const secondsSince = (then: number | null): number =>
      then === null ? 0 : Math.max(0, (clock.now() - then) / 1_000);
    const lag = { seconds: secondsSince(this.#oldest), failingSeconds: secondsSince(this.#failing?.since ?? null) };
    return { name: settings.name, records, ...lag, error: this.#error ?? this.#unkept, ...this.#counted };
  }

  async #run(): Promise<void> {
    const { settings, sleep = usualSleep } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const wasEnding = this.#isEnding;
      const done = await this.#attempt();
      if (done === "more") continue;
      if (wasEnding) return;
      await sleep(done === "end" ? settings.everyMs : done.waitMs, this.#wake.signal);
    }
  }

  async #attempt(): Promise<"more" | "end" | { readonly waitMs: number }> {
    let step: Step = "lines";
    try {
      const reader = (this.#reader ??= this.#open());
      const mark = this.#options.destination.mark?.() ?? null;
      const batch = await this.#read(reader);
      if (batch === null) {
        step = "beside";
        return await this.#settle(mark);
      }
      await this.#send(reader, batch);
      return "more";
    } catch (failure) {
      return { waitMs: this.#refused(failure, step) };
    }
  }

  /** What cannot be read may have been compressed or removed: its file is opened anew the next time. */
  async #read(reader: LogReader): Promise<Batch | null> {
    try {
      return await reader.next(this.#options.destination.batchBytes);
    } catch (failure) {
      reader.close();
      throw new Error(`the log cannot be read: ${String(failure)}`, { cause: failure });
    }
  }

  async #send(reader: LogReader, batch: Batch): Promise<void> {
    this.#oldest = firstTime(batch.lines) ?? this.#oldest;
    const { lines, reduced } = await this.#options.destination.send(batch, this.#signal());
    this.#counted.sent += lines;
    this.#counted.reduced += reduced;
    const position = reader.sent(lines);
    this.#failed = 0;
    // Lines that are taken say nothing of what goes beside them.
    if (this.#failing?.step !== "beside") this.#wentWell();
    this.#keep(position);
  }

  async #settle(mark: string | null): Promise<"end"> {
    this.#oldest = null;
    await this.#options.destination.settle?.(mark, this.#signal());
    this.#wentWell();
    return "end";
  }

  #wentWell(): void {
    const { logger, settings } = this.#options;
    if (this.#error !== null) logger.info("ship: records are sent again", { destination: settings.name });
    this.#failed = 0;
    this.#failing = null;
    this.#error = null;
  }

  /** A cursor that cannot be written costs nothing but records that are sent again after the next start. */
  #keep(position: Position): void {
    try {
      this.#options.cursor.write(position);
      this.#unkept = null;
    } catch (failure) {
      const { logger, settings } = this.#options;
      const error = `how far it has come cannot be kept: ${String(failure)}`;
      if (this.#unkept !== error) logger.warn(`ship: ${error}`, { destination: settings.name });
      this.#unkept = error;
    }
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(this.#options.settings.timeoutMs)]);
  }

  /** @returns the pause before the next attempt, in milliseconds */
  #refused(thrown: unknown, step: Step): number {
    if (this.#stopping.signal.aborted) return 0;
    const { settings, random, clock } = this.#options;
    const failure = isOfNet(thrown) ? networkFailure(thrown) : (thrown as Error);
    this.#failed += 1;
    const isBeside = step === "beside" || this.#failing?.step === "beside";
    this.#failing = { since: this.#failing?.since ?? clock.now(), step: isBeside ? "beside" : "lines" };
    this.#counted.failures += 1;
    this.#tell(failure.message);
    const whole = Math.min(settings.retry.longestMs, settings.retry.firstMs * 2 ** Math.min(30, this.#failed - 1));
    const asked = failure instanceof DeliveryFailure ? (failure.retryAfterMs ?? 0) : 0;
    return Math.max(asked, Math.round(whole * (0.5 + random() / 2)));
  }

  #tell(error: string): void {
    const { logger, settings } = this.#options;
    if (this.#error !== error)
      logger.warn("ship: records cannot be sent; it is tried again", { destination: settings.name, error });
    this.#error = error;
  }

  #open(): LogReader {
    const { dir, cursor, logger, settings } = this.#options;
    const broken = ({ what, missed }: Break): void => {
      this.#counted.missed += missed;
      logger.warn("ship: the log is not what was sent", { destination: settings.name, what, missed });
    };
    return new LogReader(dir, this.#cursor(cursor, broken), broken);
  }

  #cursor(cursor: CursorFile, broken: (found: Break) => void): Position | null {
    try {
      return cursor.read();
    } catch (failure) {
      if (!(failure instanceof CursorDamaged))
        throw new Error(`how far it has come cannot be read: ${String(failure)}`, { cause: failure });
      broken({ what: `${failure.message}; the whole log is sent again`, missed: 0 });
      return null;
    }
  }
}

/** What sockets and timers throw. */
function isOfNet(thrown: unknown): boolean {
  const { name, code } = thrown as { readonly name?: string; readonly code?: unknown };
  return name === "TimeoutError" || typeof code === "string";
}

/** Of the first record: a line with shared members says no time. */
function firstTime(lines: readonly string[]): number | null {
  const line = lines.find((one) => !isShared(one));
  return line === undefined ? null : timeIn(line);
}
