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
 * Connections that are asked, before they are used, whether a standby answers: it reads like the primary, and may lack what was
 * confirmed. A server is restarted to become one, which ends its connections; a pooler may hide that, and then the next look finds it.
 */
export class PrimaryClients extends Clients {
  readonly #known = new WeakSet<pg.PoolClient>();
  readonly #standbys = new WeakSet<pg.PoolClient>();
  #isPrimaryNeeded = false;

  /** From now on a standby is asked nothing but what `asksForStandby`. */
  needPrimary(): void {
    this.#isPrimaryNeeded = true;
  }

  /** That to a standby is used once: it may have been promoted since. */
  override async connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await super.connect();
      if (!this.#isPrimaryNeeded) return client;
      if (!this.#known.has(client)) return this.#looked(client);
      if (!this.#standbys.has(client)) return client;
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

  async #looked(client: pg.PoolClient): Promise<pg.PoolClient> {
    try {
      const { rows } = await super.ask<{ standby: boolean }>(client, { text: `SELECT ${recovery} AS standby` });
      if (rows[0]?.standby !== false) this.#standbys.add(client);
      this.#known.add(client);
      return client;
    } catch (failure) {
      client.release(true);
      throw failure;
    }
  }
}
