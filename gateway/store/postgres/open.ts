import { CannotStart } from "../../domain/errors.ts";
import type { StoreWatch } from "../connection.ts";
import { placeOf, rereading } from "./address.ts";
import { answerMs } from "./clients.ts";
import { PostgresConnection, type PostgresSettings } from "./connection.ts";
import { explained } from "./explained.ts";
import { Notifications } from "./notifications.ts";
import { type AskedLimits, assertUsable } from "./start-checks.ts";
import { schemaProblem, schemaState } from "./migrations.ts";

/** The oldest version of PostgreSQL that the tables and statements are made for. */
const oldestVersion = 13;
/** Milliseconds that opening a connection may take. */
const connectMs = 10_000;

/** A store in PostgreSQL, and how it is named to people: without the password. */
export interface OpenPostgres {
  readonly connection: PostgresConnection;
  readonly place: string;
}

/**
 * Opens a store in PostgreSQL and asks it something, so that what is wrong shows now.
 * @param url reads `postgres://user:password@host:port/database`, TLS by `?sslmode=` (https://node-postgres.com/features/ssl)
 * @param process names this process to the others of the store
 * @throws CannotStart with one sentence that says what to do; what `url` throws
 */
export async function openPostgres(
  url: () => string,
  process: string,
  settings: PostgresSettings = {},
): Promise<OpenPostgres> {
  const place = placeOf(url());
  const Client = clientOf(url, place);
  const connection = new PostgresConnection({ connectionTimeoutMillis: connectMs, ...settings, Client }, process);
  try {
    await assertVersion(connection, place);
    return { connection, place };
  } catch (failure) {
    await connection.close();
    throw explained(failure, place);
  }
}

/** How a gateway uses its store. */
export interface GatewaySettings {
  readonly pool: number;
  /** Also of opening a connection and of waiting for one that is free. */
  readonly statementTimeoutMs: number;
  readonly watch: StoreWatch;
}

/**
 * Least and most milliseconds for which a transaction whose process stands still, or cannot be reached any more, holds its locks; between
 * them as long as a statement may take, so that whoever begins to wait for a lock after that still gets it. An event loop
 * that stands still for longer loses the transaction, and its call is refused.
 */
const idleInTransactionMs = [1_000, 5_000] as const;
/** What others have changed is looked for ten times a second. */
const lookGoodForMs = 500;

/** The store of a gateway, with the tables that this version is made for. @throws CannotStart, also store_schema */
export async function openGatewayStore(
  url: () => string,
  process: string,
  { pool, statementTimeoutMs: ms, watch }: GatewaySettings,
): Promise<OpenPostgres> {
  const limits: AskedLimits = {
    statement_timeout: ms,
    idle_in_transaction_session_timeout: Math.min(Math.max(ms, idleInTransactionMs[0]), idleInTransactionMs[1]),
  };
  const opened = await openPostgres(url, process, {
    max: pool,
    keepAlive: true,
    connectionTimeoutMillis: ms,
    lookGoodForMs,
    watch,
    // The client notices by itself where the server does not answer at all, when the server would have ended the statement.
    ...limits,
    query_timeout: ms + answerMs,
  });
  const { connection, place } = opened;
  try {
    const problem = schemaProblem(await schemaState(connection));
    if (problem !== null) throw new CannotStart("store_schema", `${place}: ${problem}`);
    await assertUsable(connection, place, process, limits);
    await connection.look();
    return opened;
  } catch (failure) {
    await connection.close();
    throw explained(failure, place);
  }
}

interface Heartbeat {
  readonly connection: PostgresConnection;
  /** They come over `connection` once it listens. */
  readonly notifications: Notifications;
}

/** Milliseconds that a beat may take, its connection included. */
const beatMs = 1_000;

/**
 * One connection for the beats of a gateway: one that waits for nothing else, and is given up soon, so that a gateway is heard of again soon
 * after it was cut off. What others change is told over it.
 */
export function heartbeat(url: () => string, process: string): Heartbeat {
  const notifications = new Notifications(process);
  const connection = new PostgresConnection(
    {
      max: 1,
      keepAlive: true,
      connectionTimeoutMillis: beatMs,
      statement_timeout: beatMs,
      query_timeout: beatMs,
      Client: notifications.heardOver(clientOf(url, placeOf(url()))),
    },
    process,
  );
  return { connection, notifications };
}

/** @throws CannotStart store_refused */
function clientOf(url: () => string, place: string): ReturnType<typeof rereading> {
  try {
    return rereading(url);
  } catch (failure) {
    throw explained(failure, place);
  }
}

/** @throws CannotStart store_version */
async function assertVersion(connection: PostgresConnection, place: string): Promise<void> {
  const version = String((await connection.prepare("SELECT version() AS version").get())?.["version"]);
  if (Number(/^PostgreSQL (\d+)/.exec(version)?.[1] ?? 0) >= oldestVersion) return;
  throw new CannotStart(
    "store_version",
    `the store (${place}) is ${version.replace(/\s+/g, " ")}, and Sallyport needs PostgreSQL ${oldestVersion} or newer: use the address of one`,
  );
}
