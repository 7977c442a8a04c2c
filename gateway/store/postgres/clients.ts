import type { Duplex } from "node:stream";
import pg from "pg";
import { StoreUnavailable } from "./failures.ts";

/** A statement that has not been answered yet. */
interface Asked {
  readonly client: pg.PoolClient;
  readonly at: number;
  readonly giveUp: (why: Error) => void;
}

/** Milliseconds in which a server that is there answers a statement, beyond what the statement itself takes. */
export const answerMs = 250;

/**
 * The connections of a pool. The way to a server may be gone without a word: after a failover, say, where the old server cannot end its
 * connections. So when one statement gets no answer in time, no connection that was silent since then is used again, and what is asked over
 * it is given up soon: each statement would otherwise wait for its own time limit.
 */
export class Clients {
  readonly #pool: pg.Pool;
  readonly #asked = new Set<Asked>();
  readonly #idle = new Set<pg.PoolClient>();
  /** When the server last answered over a connection, in milliseconds of the monotonic clock. */
  readonly #heard = new WeakMap<pg.PoolClient, number>();
  /** Those with a statement that was refused before it was prepared. */
  readonly #halfNamed = new WeakSet<pg.PoolClient>();
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
    this.#pool.on("acquire", (client) => this.#idle.delete(client));
    this.#pool.on("remove", (client) => this.#idle.delete(client));
    this.#pool.on("release", (_failure, client) => {
      if (this.#isSilent(client)) streamOf(client).destroy();
      else this.#idle.add(client);
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
      this.release(client);
      return answer;
    } catch (failure) {
      this.release(client, !isOfStatement(failure));
      throw failure;
    }
  }

  /** @param isBroken it is not to be used again */
  release(client: pg.PoolClient, isBroken = false): void {
    client.release(isBroken || this.#halfNamed.has(client));
  }

  /** Asks over this connection. @throws StoreUnavailable when it is silent */
  async ask<Row extends pg.QueryResultRow>(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    if (this.#isSilent(client)) throw silent();
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const asked: Asked = { client, at: performance.now(), giveUp };
    this.#asked.add(asked);
    try {
      const answer = await Promise.race([client.query<Row>(query), givenUp]);
      this.#heard.set(client, performance.now());
      return answer;
    } catch (failure) {
      if (failure instanceof pg.DatabaseError) this.#heard.set(client, performance.now());
      else if (isSilence(failure)) this.#foundSilent(asked.at);
      if (!isPrepared(client, query)) this.#halfNamed.add(client);
      throw failure;
    } finally {
      this.#asked.delete(asked);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  /** Whatever was asked a moment ago keeps the time for its answer: a connection that nobody used was silent as well. */
  #foundSilent(since: number): void {
    this.#silentSince = Math.max(this.#silentSince, since);
    // Nobody would answer a goodbye: whoever waits for a connection would wait for that, and the socket keep the process alive.
    for (const client of this.#idle) if (this.#isSilent(client)) streamOf(client).destroy();
    for (const asked of this.#asked)
      if (this.#isSilent(asked.client))
        setTimeout(() => this.#giveUpSilent(asked), asked.at + answerMs - performance.now());
  }

  /** When this process itself stood still, there may be an answer that it has not read: the timer came before it. */
  #giveUpSilent(asked: Asked): void {
    setImmediate(() => {
      if (this.#asked.has(asked) && this.#isSilent(asked.client)) asked.giveUp(silent());
    });
  }

  #isSilent(client: pg.PoolClient): boolean {
    return (this.#heard.get(client) ?? Infinity) < this.#silentSince;
  }
}

function silent(): StoreUnavailable {
  return new StoreUnavailable("the server is silent on this connection");
}

interface WithConnection {
  /** By name, what the server has said to be prepared. */
  readonly connection: { readonly stream: Duplex; readonly parsedStatements: Readonly<Record<string, string>> };
}

function connectionOf(client: pg.PoolClient): WithConnection["connection"] {
  return (client as pg.PoolClient & WithConnection).connection;
}

function streamOf(client: pg.PoolClient): Duplex {
  return connectionOf(client).stream;
}

/**
 * Whether the client knows what has a name on the other side. Of a statement that was refused before it was prepared, PgBouncer keeps the
 * name and the client does not; PgBouncer ends the connection where the client prepares it again.
 */
function isPrepared(client: pg.PoolClient, { name }: pg.QueryConfig): boolean {
  return name === undefined || connectionOf(client).parsedStatements[name] !== undefined;
}

/**
 * feature_not_supported, invalid_sql_statement_name, duplicate_prepared_statement; read_only_sql_transaction, active_sql_transaction,
 * in_failed_sql_transaction: of what it has prepared, of its server, or of a transaction that somebody has left open.
 */
const ofConnection = new Set(["0A000", "26000", "42P05", "25006", "25001", "25P02"]);

/**
 * The server has refused this statement, and its connection is as good as before. Where many statements take too long, a new connection for
 * each of them would be more work for a server that has too much.
 */
function isOfStatement(failure: unknown): boolean {
  if (!(failure instanceof pg.DatabaseError)) return false;
  return failure.severity === "ERROR" && !ofConnection.has(failure.code ?? "");
}

/** The client's own time limit (`query_timeout`) has no code. */
function isSilence(failure: unknown): boolean {
  return failure instanceof Error && failure.message === "Query read timeout";
}
