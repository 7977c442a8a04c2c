import { Refusal } from "../domain/errors.ts";
import type { Clock, Finding, InnerRequest, Logger } from "../domain/ports.ts";
import type { JsonObject } from "../lib/json.ts";
import { within } from "../lib/event-loop.ts";
import { type ConnectionDeps, ServerConnection } from "./connection.ts";
import type { ServerTransport } from "./line-transport.ts";

/** A tool server as it was started: a process, or a stream of events. */
export interface Launched {
  readonly transport: ServerTransport;
  /** Resolves when messages can be sent; rejects when they never can. */
  readonly opened: Promise<void>;
  /** For the log. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Told of each request before it is sent. */
  readonly sees?: (request: InnerRequest) => void;
  /** Ends it in order; resolves when it has ended. */
  end(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

export interface SlotOptions {
  readonly launch: (request: InnerRequest) => Launched;
  /** Parameters of `initialize`. */
  readonly initialize: JsonObject;
  /** Whether the client itself says that the handshake is complete, the first time. */
  readonly clientSaysReady: boolean;
  readonly startTimeoutMs: number;
  readonly idleMs: number;
  readonly connection: Omit<ConnectionDeps, "onFault">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the route, for the log. */
  readonly route: string;
  /** Called when it has been idle for its time. */
  readonly onIdle: () => void;
  /** Called once, when it is ended for good. */
  readonly onClosed: () => void;
}

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** One that lived for so long has not failed at its start. */
const healthyMs = 60_000;

interface Failure {
  readonly count: number;
  readonly since: number;
  readonly why: string;
  /** On the monotonic clock: not before is it started again. */
  readonly retryAt: number;
}

/** The place of one tool server: started when it is needed, again after it has failed, with longer and longer pauses. */
export class ServerSlot {
  readonly #options: SlotOptions;
  #starting: Promise<ServerConnection> | null = null;
  #running: { readonly launched: Launched; readonly connection: ServerConnection; readonly at: number } | null = null;
  #launched: Launched | null = null;
  #failure: Failure | null = null;
  #starts = 0;
  #uses = 0;
  #isClosed = false;
  #idle: NodeJS.Timeout | undefined;
  /** On the monotonic clock. */
  lastUsedAt = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.lastUsedAt = options.clock.monotonic();
  }

  get isBusy(): boolean {
    return this.#uses > 0 || this.#starting !== null || (this.#running?.connection.isBusy ?? false);
  }

  /** Does what brings a request to the server; meanwhile the server does not make room for another. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#uses += 1;
    try {
      return await work();
    } finally {
      this.#uses -= 1;
    }
  }

  /** The connection of now; null while the server does not run. */
  get current(): ServerConnection | null {
    return this.#running?.connection ?? null;
  }

  /**
   * A connection whose handshake is complete, for this request; the server is started when it does not run.
   * @throws Refusal upstream_not_started
   */
  async connection(request: InnerRequest): Promise<ServerConnection> {
    this.#used();
    if (this.#isClosed) throw notStarted("the gateway ends it");
    this.#launched?.sees?.(request);
    if (this.#running !== null) return this.#running.connection;
    const pause = this.#pauseMs();
    if (pause > this.#options.startTimeoutMs) throw notStarted(this.#failure?.why ?? "", pause);
    this.#starting ??= this.#start(request, pause).finally(() => (this.#starting = null));
    return this.#starting;
  }

  /** What is wrong now; null when it runs, or has not failed. */
  finding(): Omit<Finding, "name" | "severity"> | null {
    if (this.#failure === null || this.#running !== null) return null;
    const { count, since, why } = this.#failure;
    const times = count === 1 ? "" : `, ${count} times in a row`;
    return {
      problem: `the tool server of route ${this.#options.route} has failed since ${new Date(since).toISOString()}${times}: ${why}`,
      fix: "mend what its standard error says in the log; the next call starts it again",
    };
  }

  /** Ends the server; resolves when it has ended. */
  async close(): Promise<void> {
    if (!this.#isClosed) this.#options.onClosed();
    this.#isClosed = true;
    clearTimeout(this.#idle);
    await this.#launched?.end();
  }

  #used(): void {
    this.lastUsedAt = this.#options.clock.monotonic();
    if (this.#idle !== undefined) return void this.#idle.refresh();
    this.#idle = setTimeout(() => this.#lookIdle(), this.#options.idleMs);
    this.#idle.unref();
  }

  #lookIdle(): void {
    if (this.isBusy) return void this.#idle?.refresh();
    this.#idle = undefined;
    this.#options.onIdle();
  }

  #pauseMs(): number {
    return Math.max(0, (this.#failure?.retryAt ?? 0) - this.#options.clock.monotonic());
  }

  async #start(request: InnerRequest, pause: number): Promise<ServerConnection> {
    const { startTimeoutMs } = this.#options;
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    if (this.#isClosed) throw notStarted("the gateway ends it");
    const launched = this.#launch(request);
    const connection = this.#connect(launched);
    try {
      let isReady = false;
      const handshake = this.#handshake(launched, connection).then(() => (isReady = true));
      await within(handshake, startTimeoutMs, new AbortController().signal);
      if (!isReady) throw new Error(`it did not answer initialize within ${startTimeoutMs} ms`);
    } catch (thrown) {
      launched.kill();
      const why = thrown instanceof Refusal ? (thrown.detail ?? thrown.code) : String((thrown as Error).message);
      if (!connection.isEnded) launched.transport.end(why);
      this.#fail(why);
      throw notStarted(why, this.#pauseMs());
    }
    this.#running = { launched, connection, at: this.#options.clock.monotonic() };
    return connection;
  }

  /** @throws Refusal upstream_not_started */
  #launch(request: InnerRequest): Launched {
    try {
      return (this.#launched = this.#options.launch(request));
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      this.#fail(why);
      throw notStarted(why, this.#pauseMs());
    }
  }

  async #handshake({ opened }: Launched, connection: ServerConnection): Promise<void> {
    await opened;
    await connection.initialize(this.#options.initialize);
    if (!this.#options.clientSaysReady || this.#starts > 0) connection.ready();
    this.#starts += 1;
  }

  #connect(launched: Launched): ServerConnection {
    const { logger, route } = this.#options;
    const onFault = (what: string): void =>
      logger.warn("a tool server sent what is not passed on", { route, ...launched.about, what });
    return new ServerConnection(launched.transport, { ...this.#options.connection, onFault }, (why) =>
      this.#ended(launched, why),
    );
  }

  /** While it starts, whoever waits for the start is told. */
  #ended(launched: Launched, why: string): void {
    launched.kill();
    if (this.#launched === launched) this.#launched = null;
    const { logger, route, clock } = this.#options;
    const running = this.#running;
    if (running?.launched !== launched) return;
    this.#running = null;
    if (this.#isClosed) return;
    if (clock.monotonic() - running.at > healthyMs) this.#failure = null;
    this.#fail(why);
    logger.warn("a tool server has ended; the next call starts it again", { route, ...launched.about, why });
  }

  #fail(why: string): void {
    const count = (this.#failure?.count ?? 0) + 1;
    const { clock } = this.#options;
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (count - 1));
    const since = this.#failure?.since ?? clock.now();
    this.#failure = { count, since, why, retryAt: clock.monotonic() + pause };
  }
}

function notStarted(why: string, waitMs = 0): Refusal {
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
  return new Refusal("upstream_not_started", { detail: why, retryAfterS });
}
