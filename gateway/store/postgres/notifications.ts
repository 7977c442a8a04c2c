import pg, { type ClientBase, type ClientConfig, type Notification } from "pg";
import type { Logger } from "../../domain/ports.ts";
import { within } from "../../lib/event-loop.ts";
import type { PostgresConnection } from "./connection.ts";
import { StoreUnavailable } from "./failures.ts";

/** Migrations name it as well. */
const channel = "sallyport_changes";

const notNotified =
  "the database tells nothing of what other gateways change (LISTEN/NOTIFY): it is found when it is looked for, ten times a second";

const arrivesWithinMs = 1_000;
const never = new AbortController().signal;

type Client = new (options?: ClientConfig) => ClientBase;

/**
 * What the database tells of changes of other processes (https://www.postgresql.org/docs/current/sql-notify.html). Nothing depends on it: it makes
 * a look at the changes earlier. Whether it arrives is found out by notifications that this process sends to itself: a pooler may take
 * LISTEN and pass nothing on.
 */
export class Notifications {
  readonly #process: string;
  readonly #heard = new Set<() => void>();
  /** The newest one. An older one may end later. */
  #client: ClientBase | null = null;
  /** LISTEN is still to be said on the connection that is open now. */
  #isDue = true;
  #isListening = false;
  /** What this process has sent to itself: null when it has arrived. */
  #echo: string | null = null;
  #echoes = 0;
  #isNotified = false;
  #refusedFor: string | null = null;
  /** Why what is sent cannot arrive. */
  #missedFor: string | null = null;
  readonly #arrived = Promise.withResolvers<void>();
  #wasNotified: boolean | null = null;

  constructor(process: string) {
    this.#process = process;
  }

  /** `run` is called whenever another process tells of a change. */
  onNotified(run: () => void): void {
    this.#heard.add(run);
  }

  /** Whether notifications of what others change arrive here. */
  isNotified(): boolean {
    return this.#isNotified;
  }

  /** Why nothing is told; null before that is known, or when it is. */
  #problem(): string | null {
    const known = this.#refusedFor ?? this.#missedFor;
    if (known !== null) return known;
    if (this.#isNotified || this.#echo === null) return null;
    return "what is sent does not arrive, as behind a pooler in transaction mode";
  }

  /** Clients of this class, of which one is connected at a time, are listened to. */
  heardOver(Base: Client): Client {
    const connects = (client: ClientBase): void => {
      this.#client = client;
      this.#lost();
      if (this.#refusedFor === null) this.#isDue = true;
    };
    const ends = (client: ClientBase): void => {
      if (client === this.#client) this.#lost();
    };
    const heard = (notification: Notification): void => this.#receive(notification);
    return class extends Base {
      constructor(options?: ClientConfig) {
        super(options);
        connects(this);
        this.on("notification", heard);
        this.on("end", () => ends(this));
      }
    };
  }

  /**
   * Listens on the one connection of `heart`, once, and sends to itself over `connection`: on its own connection it would hear itself behind any
   * pooler. Never rejects.
   */
  async listen(heart: PostgresConnection, connection: PostgresConnection): Promise<void> {
    if (!this.#isDue) return;
    this.#isDue = false;
    try {
      await heart.execute(`LISTEN ${channel}`);
      this.#isListening = true;
      this.#refusedFor = null;
    } catch (failure) {
      // A connection that is lost meanwhile is listened on when there is another.
      if (isRefusal(failure)) this.#refusedFor = (failure as Error).message;
      return;
    }
    await this.#sendTo(connection);
  }

  /** Listens, and waits for what it sends to itself. @returns why nothing is told; null when it is */
  async firstProblem(heart: PostgresConnection, connection: PostgresConnection): Promise<string | null> {
    await this.listen(heart, connection);
    if (this.#isListening) await within(this.#arrived.promise, arrivesWithinMs, never);
    return this.#isNotified ? null : (this.#problem() ?? "LISTEN cannot be used now");
  }

  /** Says once what has become of it, and tries again. Never rejects. */
  async check(connection: PostgresConnection, logger: Logger): Promise<void> {
    if (this.#echo !== null) this.#isNotified = false;
    if (this.#wasNotified !== this.#isNotified) {
      if (!this.#isNotified) logger.warn(notNotified, { reason: this.#problem() });
      else if (this.#wasNotified === false) logger.info("the database tells of what other gateways change", {});
      this.#wasNotified = this.#isNotified;
    }
    if (!this.#isNotified) this.#isDue = true;
    else await this.#sendTo(connection);
  }

  async #sendTo(connection: PostgresConnection): Promise<void> {
    this.#echoes += 1;
    const echo = `echo-${this.#echoes} ${this.#process}`;
    this.#echo = echo;
    this.#missedFor = null;
    const send = connection.prepare("SELECT pg_notify(?, ?)");
    await send.run(channel, echo).catch((failure: unknown) => {
      this.#missedFor = `nothing can be sent: ${(failure as Error).message}`;
    });
  }

  #receive({ payload = "" }: Notification): void {
    if (payload === this.#echo) {
      this.#echo = null;
      if (this.#isNotified || !this.#isListening) return;
      this.#isNotified = true;
      this.#arrived.resolve();
      // What was changed before it began to listen was told to nobody.
      this.#tell();
    } else if (!payload.startsWith("echo-") && !payload.endsWith(` ${this.#process}`)) this.#tell();
  }

  #tell(): void {
    for (const run of this.#heard) run();
  }

  #lost(): void {
    if (this.#isListening) this.#missedFor = "the connection that listened was lost";
    this.#isListening = this.#isNotified = false;
    this.#echo = null;
  }
}

/** The server has no LISTEN, or does not grant it (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
function isRefusal(failure: unknown): boolean {
  const answer = failure instanceof StoreUnavailable ? failure.cause : failure;
  return answer instanceof pg.DatabaseError && /^(0A|42)/.test(answer.code ?? "");
}
