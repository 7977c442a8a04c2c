import type pg from "pg";
import { Clients } from "./clients.ts";
import { StoreUnavailable } from "./failures.ts";

const recovery = "pg_is_in_recovery()";

/** Whoever asks this itself knows what to make of a standby. */
export function asksForStandby(text: string): boolean {
  return text.includes(recovery);
}

export function behind(): StoreUnavailable {
  return new StoreUnavailable("a standby answers, which may lack what others have changed");
}

/**
 * Connections that are asked at once, when they are new, whether a standby answers: it reads like the primary, and may lack what was
 * confirmed. A server is restarted to become one, which ends its connections; a pooler may hide that, and then the next look finds it.
 */
export class PrimaryClients extends Clients {
  readonly #standbys: WeakSet<pg.PoolClient>;
  readonly #used = new WeakSet<pg.PoolClient>();
  #isPrimaryNeeded = false;

  constructor(settings: pg.PoolConfig) {
    const standbys = new WeakSet<pg.PoolClient>();
    super({ ...settings, verify: (client, done) => void noted(client, standbys).then(() => done(), done) });
    this.#standbys = standbys;
  }

  /** From now on a standby is asked nothing but what `asksForStandby`. */
  needPrimary(): void {
    this.#isPrimaryNeeded = true;
  }

  /** That to a standby is used once: it may have been promoted since. */
  override async connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await super.connect();
      if (!this.#standbys.has(client) || !this.#used.has(client)) {
        this.#used.add(client);
        return client;
      }
      client.release(true);
    }
  }

  override async ask<Row extends pg.QueryResultRow>(
    client: pg.PoolClient,
    query: pg.QueryConfig,
  ): Promise<pg.QueryResult<Row>> {
    if (this.#isPrimaryNeeded && this.#standbys.has(client) && !asksForStandby(query.text)) throw behind();
    return super.ask<Row>(client, query);
  }
}

async function noted(client: pg.PoolClient, standbys: WeakSet<pg.PoolClient>): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>(`SELECT ${recovery} AS standby`);
  if (rows[0]?.standby !== false) standbys.add(client);
}
