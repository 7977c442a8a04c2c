import pg from "pg";
import { StoreUnavailable } from "./failures.ts";

/** A statement that has not been answered yet. */
interface Asked {
  readonly client: pg.PoolClient;
  readonly giveUp: (why: Error) => void;
}

/**
 * The connections of a pool. The way to a server may be gone without a word: after a failover, say, where the old server cannot end its
 * connections. So when one statement gets no answer in time, no connection that was silent since then is used again, and what is asked over
 * it is given up: each statement would otherwise wait for its own time limit.
 */
export class Clients {
  readonly #pool: pg.Pool;
  readonly #asked = new Set<Asked>();
  /** When the server last answered over a connection, in milliseconds of the monotonic clock. */
  readonly #heard = new WeakMap<pg.PoolClient, number>();
  /** When the last statement was asked that got no answer in time. */
  #silentSince = -Infinity;

  constructor(settings: pg.PoolConfig) {
    this.#pool = new pg.Pool(settings);
    // A lost connection is replaced at the next use, and whoever uses it is told by what it asks. Without listeners it would end
    // the process: the pool's is for connections that nobody uses, the other for those of transactions.
    this.#pool.on("error", () => undefined);
    this.#pool.on("connect", (client) => {
      client.on("error", () => undefined);
      this.#heard.set(client, performance.now());
    });
  }

  /** A connection, for whoever releases it. */
  async connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if (!this.#isSilent(client)) return client;
      client.release(true);
    }
  }

  /** Asks over any connection that is free. */
  async query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const client = await this.connect();
    try {
      const answer = await this.ask<Row>(client, query);
      client.release();
      return answer;
    } catch (failure) {
      client.release(true);
      throw failure;
    }
  }

  /** Asks over this connection. */
  async ask<Row extends pg.QueryResultRow>(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const began = performance.now();
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const asked: Asked = { client, giveUp };
    this.#asked.add(asked);
    try {
      const answer = await Promise.race([client.query<Row>(query), givenUp]);
      this.#heard.set(client, performance.now());
      return answer;
    } catch (failure) {
      if (failure instanceof pg.DatabaseError) this.#heard.set(client, performance.now());
      else if (isSilence(failure)) this.#foundSilent(began);
      throw failure;
    } finally {
      this.#asked.delete(asked);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  #foundSilent(since: number): void {
    this.#silentSince = Math.max(this.#silentSince, since);
    // When this process itself stood still, there are answers that it has not read.
    setImmediate(() => {
      for (const { client, giveUp } of this.#asked)
        if (this.#isSilent(client)) giveUp(new StoreUnavailable("the server is silent on this connection"));
    });
  }

  #isSilent(client: pg.PoolClient): boolean {
    return (this.#heard.get(client) ?? Infinity) < this.#silentSince;
  }
}

/** The client's own time limit (`query_timeout`) has no code. */
function isSilence(failure: unknown): boolean {
  return failure instanceof Error && failure.message === "Query read timeout";
}
