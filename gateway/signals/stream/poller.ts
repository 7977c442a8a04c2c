import { setTimeout as pause } from "node:timers/promises";
import { asRefusal } from "../../domain/errors.ts";
import type { Clock, Finding, Logger } from "../../domain/ports.ts";
import type { PollSettings } from "../../domain/signal.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { retryAfterMs } from "../../net/post-json.ts";
import { setError } from "../set/set-error.ts";
import type { SetReceiver } from "../set/set-receiver.ts";
import type { ApiAnswer, TransmitterClient } from "./transmitter-client.ts";

export interface PollerDeps {
  readonly client: Pick<TransmitterClient, "call">;
  readonly receiver: Pick<SetReceiver, "receive">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number from 0 to 1, so that several gateways do not come back at the same moment. */
  readonly chance: () => number;
  /** One request has failed. */
  readonly failed: (transmitter: string) => void;
}

interface PollAnswer {
  readonly sets: readonly (readonly [string, unknown])[];
  readonly more: boolean;
  /** It came before the time that the request was to wait, and without any SET that the answer before did not have. */
  readonly atOnce: boolean;
}

/** A transmitter that answers at once and with nothing new, although it was asked to wait or says that there is more, is asked this often. */
const idleMs = 5_000;

/**
 * Fetches SETs of one transmitter (RFC 8936), one request at a time, each with what came of the SETs before it. What could not
 * be carried out here is not acknowledged, so the transmitter gives it again; while it is away nothing is lost but time.
 */
export class Poller {
  readonly #id: string;
  readonly #settings: PollSettings;
  readonly #deps: PollerDeps;
  readonly #stopped = new AbortController();
  readonly #acks = new Set<string>();
  readonly #errors = new Map<string, ReturnType<typeof setError>>();
  /** Of the SETs in the last answer that was taken; whoever gives them again has not heeded what was said of them. */
  #latest: ReadonlySet<string> = new Set();
  #running: Promise<void> | null = null;
  /** Ask for an answer at once: the last request had none, and it is not known whether anybody was there. */
  #probe = true;
  #problem: { readonly text: string; readonly since: number } | null = null;

  constructor(id: string, settings: PollSettings, deps: PollerDeps) {
    this.#id = id;
    this.#settings = settings;
    this.#deps = deps;
  }

  /** Fetches from this address from now on, once. */
  start(url: string): void {
    this.#running ??= this.#run(url);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  get problem(): string | null {
    return this.#problem?.text ?? null;
  }

  findings(): Finding[] {
    if (this.#problem === null) return [];
    const { text, since } = this.#problem;
    const problem = `signals of ${this.#id} are not fetched since ${new Date(since).toISOString()}: ${text}`;
    const fix =
      "mend the way to the transmitter, or its credential; it keeps what is not fetched, and is tried by itself";
    return [{ name: "signals", problem, fix, severity: "degraded" }];
  }

  async #run(url: string): Promise<void> {
    let waitMs = this.#settings.firstRetryMs;
    while (!this.#stopped.signal.aborted) {
      try {
        const answer = await this.#poll(url);
        const whole = await this.#take(answer.sets);
        if (!whole) throw new Error("what was fetched cannot be carried out now");
        this.#latest = new Set(answer.sets.map(([jti]) => jti));
        this.#mended();
        waitMs = this.#settings.firstRetryMs;
        if (answer.atOnce) await this.#pause(idleMs);
      } catch (failure) {
        if (this.#stopped.signal.aborted) return;
        const askedMs = failure instanceof NotAnswered ? failure.retryAfterMs : null;
        this.#fail(failure instanceof Error ? failure.message : String(failure));
        await this.#pause(Math.max(askedMs ?? 0, waitMs * (0.5 + this.#deps.chance() / 2)));
        waitMs = Math.min(waitMs * 2, this.#settings.longestRetryMs);
      }
    }
  }

  /** @throws NotAnswered, Error */
  async #poll(url: string): Promise<PollAnswer> {
    const { client, clock } = this.#deps;
    const [acks, errors] = [[...this.#acks], [...this.#errors]];
    const probing = this.#probe;
    const body: JsonObject = {
      maxEvents: this.#settings.maxEvents,
      returnImmediately: probing,
      ack: acks,
      setErrs: Object.fromEntries(errors),
    };
    const begun = clock.monotonic();
    this.#probe = true;
    const call = { method: "POST", url, body, signal: this.#stopped.signal } as const;
    const wait = this.#settings.waitMs;
    const answer = await client.call(probing ? call : { ...call, timeoutMs: wait }).catch((failure: unknown) => {
      // Nothing came while it waited. The next request says whether anybody is there, and acknowledges what this one did.
      if (!probing && isTimeout(failure)) return null;
      throw failure;
    });
    if (answer === null) return { sets: [], more: true, atOnce: false };
    const read = readAnswer(answer, clock.now());
    for (const jti of acks) this.#acks.delete(jti);
    for (const [jti] of errors) this.#errors.delete(jti);
    this.#probe = read.more;
    const isQuick = clock.monotonic() - begun < Math.min(wait, idleMs);
    const isKnown = read.sets.every(([jti]) => this.#latest.has(jti));
    // Asked to answer at once, it may well have nothing yet.
    const mayBeQuick = probing && read.sets.length === 0 && !read.more;
    return { ...read, atOnce: isQuick && isKnown && !mayBeQuick };
  }

  /** False when one of them has to be given again. */
  async #take(sets: PollAnswer["sets"]): Promise<boolean> {
    let whole = true;
    for (const [jti, text] of sets) {
      try {
        await this.#deps.receiver.receive(typeof text === "string" ? text : "", "poll", jti);
        this.#acks.add(jti);
      } catch (thrown) {
        const refusal = asRefusal(thrown);
        if (refusal.status >= 500) whole = false;
        else this.#errors.set(jti, setError(refusal));
      }
    }
    // What came of them is told before the next request waits.
    if (sets.length > 0) this.#probe = true;
    return whole;
  }

  #fail(text: string): void {
    const { logger, clock, failed } = this.#deps;
    if (this.#problem?.text !== text) logger.warn("signals cannot be fetched", { transmitter: this.#id, error: text });
    this.#problem = { text, since: this.#problem?.since ?? clock.now() };
    this.#probe = true;
    failed(this.#id);
  }

  #mended(): void {
    if (this.#problem !== null) this.#deps.logger.info("signals are fetched again", { transmitter: this.#id });
    this.#problem = null;
  }

  async #pause(milliseconds: number): Promise<void> {
    await pause(milliseconds, null, { ref: false, signal: this.#stopped.signal }).catch(() => undefined);
  }
}

/** The transmitter answered, and not with SETs. */
class NotAnswered extends Error {
  override readonly name = "NotAnswered";
  readonly retryAfterMs: number | null;

  constructor(message: string, waitMs: number | null) {
    super(message);
    this.retryAfterMs = waitMs;
  }
}

/** @throws NotAnswered */
function readAnswer({ status, headers, document }: ApiAnswer, now: number): Pick<PollAnswer, "sets" | "more"> {
  if (status !== 200) {
    const why = status === 401 || status === 403 ? "; look at the credential under api" : "";
    throw new NotAnswered(
      `the transmitter answered ${status}${why}`,
      retryAfterMs(headers["retry-after"] ?? null, now),
    );
  }
  if (!isJsonObject(document) || !isJsonObject(document["sets"] ?? {}))
    throw new NotAnswered("the transmitter's answer has no sets", null);
  return { sets: Object.entries(document["sets"] ?? {}), more: document["moreAvailable"] === true };
}

function isTimeout(failure: unknown): boolean {
  return (failure as { readonly name?: unknown } | null)?.name === "TimeoutError";
}
