import { notBegunMs, unusedMs } from "../gather/transport-sessions.ts";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { openSigningKey, statementKey } from "../approvals/signing-key.ts";
import type { SharedConsole } from "../admin/deps.ts";
import type { Config, PostgresStoreConfig } from "../config/config.ts";
import type { Background } from "./background.ts";
import type {
  Job,
  LimitCountStore,
  Logger,
  ProofStore,
  SigningKeyName,
  StatementKey,
  TransportSessionStore,
} from "../domain/ports.ts";
import { storeFileCheck } from "../store/change-detector.ts";
import { Connection, type StoreWatch } from "../store/connection.ts";
import { assertWhole } from "../store/copy/half-copy.ts";
import { keyFile } from "../store/copy/signing-keys.ts";
import { openStore as openFile } from "../store/database.ts";
import type { AnyConnection } from "../store/engines.ts";
import type { PostgresConnection } from "../store/postgres/connection.ts";
import type { Notifications } from "../store/postgres/notifications.ts";
import { sharedLimitCounts } from "../store/postgres/limit-counts.ts";
import { sharedConsoleSessions, sharedSecrets } from "../store/postgres/console-memory.ts";
import { Returns } from "../store/postgres/returns.ts";
import { sharedProofs, sharedSigningKeys, sharedTransportSessions } from "../store/postgres/shared-memory.ts";

/** The store of either engine. */
export interface Store {
  readonly connection: AnyConnection;
  /** For people. */
  readonly place: string;
  /** What gateways on one database share; null where the store is a file: then each process keeps its own in memory. */
  readonly shared: SharedMemory | null;
  /** Runs a piece of background work. */
  readonly within: (work: () => Promise<void>) => Promise<void>;
  /** For beats; null where the store is a file: then they go over `connection`. */
  readonly heartbeat: Heartbeat | null;
  /** `run` is called when it was seen that others have changed one of these tables. Never where the store is a file: to look costs nothing there. */
  onChange(tables: readonly string[], run: () => void): void;
  /** A key for one kind of statement; all processes of a store sign with the same. @throws Error when it cannot be used */
  signingKey(name: SigningKeyName): Promise<StatementKey>;
  /** Follows what becomes of the store, and what others do in it. @returns how to stop it */
  watch(background: Background, logger: Logger): Promise<() => Promise<void>>;
  /** It was replaced by an older one. Where others share it, nothing is asked of it any more; a file is found out by `watch`. */
  wentBack(why: string): void;
  close(): Promise<void>;
}

/** A connection for beats alone, and for what the database tells. */
interface Heartbeat {
  readonly connection: AnyConnection;
  /** Call it after each beat: then the connection is there. */
  listen(): void;
  /** Whether the database notifies of what others change. */
  isNotified(): boolean;
}

export interface SharedMemory {
  readonly proofs: ProofStore;
  readonly transportSessions: TransportSessionStore;
  readonly limitCounts: LimitCountStore;
  readonly console: SharedConsole;
}

/** @param process names this process to the others of the store @throws CannotStart, Error */
export async function openStore({ store, secret }: Config, process: string, watch: StoreWatch): Promise<Store> {
  const opened =
    "sqlite" in store ? fileStore(store.sqlite, watch) : await sharedStore(store.postgres, secret, { process, watch });
  try {
    await assertWhole(opened.connection, opened.place);
    return opened;
  } catch (failure) {
    await opened.close();
    throw failure;
  }
}

const lookAtFilesEveryMs = 1_000;

function fileStore(file: string, watch: StoreWatch): Store {
  const connection = new Connection(openFile(file), watch);
  return {
    connection,
    place: file,
    shared: null,
    heartbeat: null,
    onChange: () => undefined,
    within: (work) => connection.briefly(work),
    signingKey: async (name) => openSigningKey(keyFile(file, name)),
    async watch(background) {
      const failing = "what is written to the store is lost when the gateway ends";
      const work = storeFileCheck(connection.database);
      const job: Job = { name: "store-file", failing, severity: "unready", work };
      await background.run(job);
      return background.every(lookAtFilesEveryMs, job);
    },
    wentBack: () => undefined,
    close: async () => connection.database.close(),
  };
}

/** A revocation of another gateway is in force here at most this long, and one statement, after it was written. */
const lookEveryMs = 100;
const purgeEveryMs = 10_000;
const checkToldEveryMs = 10_000;

async function sharedStore(
  { urlReference, pool, statementTimeoutMs }: PostgresStoreConfig,
  secret: Config["secret"],
  { process, watch }: { readonly process: string; readonly watch: StoreWatch },
): Promise<Store> {
  // Its client is loaded where it is used, and nowhere else.
  const { heartbeat, openGatewayStore } = await import("../store/postgres/open.ts");
  const url = (): string => secret(urlReference).trim();
  const { connection, place } = await openGatewayStore(url, process, { pool, statementTimeoutMs, watch });
  const returns = new Returns();
  const shared = sharedMemory(connection, returns);
  const keys = sharedSigningKeys(connection);
  const { connection: heart, notifications } = heartbeat(url, process);
  return {
    connection,
    place,
    shared,
    heartbeat: {
      connection: heart,
      listen: () => void notifications.listen(heart, connection),
      isNotified: () => notifications.isNotified(),
    },
    onChange: (tables, run) => connection.onChange(tables, run),
    within: (work) => work(),
    async signingKey(name) {
      const pem = await keys.of(name, makePem);
      return statementKey(createPrivateKey(pem), `the key ${name} in the store (${place})`);
    },
    watch: async (background, logger) =>
      watchShared(background, { connection, shared, returns, notifications, logger }),
    wentBack(why) {
      connection.refuse(why);
      heart.refuse(why);
    },
    async close() {
      await Promise.all([connection.close(), heart.close()]);
    },
  };
}

interface Watched {
  readonly connection: PostgresConnection;
  readonly shared: SharedMemory;
  readonly returns: Returns;
  readonly notifications: Notifications;
  readonly logger: Logger;
}

function watchShared(background: Background, { connection, shared, returns, notifications, logger }: Watched) {
  const jobs = [
    background.every(lookEveryMs, {
      name: "store-changes",
      failing: "what other gateways have changed cannot be read",
      severity: "unready",
      work: () => returns.of(() => connection.look()),
      hurriedBy: (run) => notifications.onNotified(run),
    }),
    background.every(checkToldEveryMs, {
      name: "store-notifications",
      failing: "whether the database tells of changes is not known",
      severity: "degraded",
      work: () => notifications.check(connection, logger),
    }),
    background.every(purgeEveryMs, {
      name: "store-purge",
      failing:
        "used proofs, transport sessions that are over, empty counts of limits and marks of old transactions stay in the store",
      severity: "degraded",
      work: () => purge(connection, shared),
    }),
  ];
  return async (): Promise<void> => void (await Promise.all(jobs.map((stop) => stop())));
}

function sharedMemory(connection: PostgresConnection, returns: Returns): SharedMemory {
  return {
    proofs: sharedProofs(connection),
    transportSessions: sharedTransportSessions(connection),
    limitCounts: sharedLimitCounts(connection),
    console: {
      sessions: sharedConsoleSessions(connection),
      secrets: sharedSecrets(connection),
      onReturn: (run) => returns.onReturn(run),
    },
  };
}

async function purge(
  connection: PostgresConnection,
  { proofs, transportSessions, limitCounts }: SharedMemory,
): Promise<void> {
  await Promise.all([
    proofs.purge(),
    transportSessions.purge(unusedMs, notBegunMs),
    limitCounts.purge(),
    connection.purge(),
  ]);
}

function makePem(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}
