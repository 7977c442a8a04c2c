import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { Background } from "./background.ts";
import { CannotStart } from "../domain/errors.ts";
import type { DecisionIndex, Ids, Job, Logger } from "../domain/ports.ts";
import type { StoreWatch } from "../store/connection.ts";
import type { AnyConnection } from "../store/engines.ts";
import { decisionIndex } from "../store/decision-index.ts";
import { type Liveness, liveness, revocationStore } from "../store/call-state.ts";
import { type FolderLock, lockFolder } from "../store/processes.ts";
import { logMarks, MarkFiles, storeMarks, StoreWentBack } from "../store/store-marks.ts";
import { openStore, type Store } from "./open-store.ts";

const markEveryMs = 1_000;

export interface StateDeps {
  readonly ids: Ids;
  readonly logger: Logger;
  /** The operator's word that a store that is behind its log is meant. */
  readonly acceptStore: boolean;
  readonly watch: StoreWatch;
}

export interface State {
  readonly lock: FolderLock;
  readonly store: Store;
  readonly connection: AnyConnection;
  /** One memory of it for all that read and write approvals. */
  readonly live: Liveness;
  readonly index: DecisionIndex & { close(): void };
  readonly background: Background;
  /** The operator took a store that is behind. */
  readonly wasBehind: boolean;
  close(): Promise<void>;
}

/**
 * What outlives the process: the data folder, the store and the index of the log.
 * @throws CannotStart, Error when one cannot be used
 */
export async function openState(config: Config, { ids, logger, acceptStore, watch }: StateDeps): Promise<State> {
  const lock = lockFolder(config.dataDir, () => ids.make("p"));
  let store: Store | null = null;
  let background: Background | null = null;
  try {
    store = await openStore(config, lock.id, watch);
    background = new Background(logger, store.within);
    return await stateOf(config, { store, background, lock, ids, logger, acceptStore });
  } catch (failure) {
    // A job that goes on would find the store closed.
    await background?.stop();
    await store?.close();
    lock.release();
    throw failure;
  }
}

async function stateOf(
  config: Config,
  { logger, ...deps }: Omit<StateDeps, "watch"> & Pick<State, "store" | "background" | "lock">,
): Promise<State> {
  const { store, background, lock } = deps;
  const { connection } = store;
  const stopWatching = await store.watch(background, logger);
  const { wasBehind, stopMarks } = await checkMarks(config, deps);
  const index = decisionIndex(join(config.dataDir, "decisions.index.db"));
  return {
    lock,
    store,
    connection,
    index,
    background,
    wasBehind,
    live: liveness(connection),
    async close(): Promise<void> {
      await background.stop();
      await stopMarks();
      await stopWatching();
      await store.close();
      index.close();
      lock.release();
    },
  };
}

interface MarkDeps extends Omit<StateDeps, "logger" | "watch"> {
  readonly store: Store;
  readonly background: Background;
  readonly lock: FolderLock;
}

/** A failure stays one. */
function wentBack(store: Store): (failure: unknown) => never {
  return (failure) => {
    if (failure instanceof StoreWentBack) store.wentBack(failure.message);
    throw failure;
  };
}

/** @throws CannotStart store_behind without the operator's word */
async function checkMarks(config: Config, { store, background, lock, ids, acceptStore }: MarkDeps) {
  const { connection } = store;
  revocationStore(connection);
  const marks = new MarkFiles(
    [config.dataDir, config.record.dir],
    storeMarks(connection, lock.id, () => ids.make("p")),
  );
  let wasBehind = false;
  try {
    await marks.check();
  } catch (failure) {
    if (!acceptStore || !(failure instanceof CannotStart) || failure.code !== "store_behind") throw failure;
    wasBehind = true;
    await logMarks(connection, lock.id).reserve({ last: 0, reserved: marks.highestReserved() });
  }
  const job: Job = {
    name: "store-marks",
    failing: "how far the store has come cannot be kept in the data and log folders",
    severity: "degraded",
    work: () => marks.keep().catch(wentBack(store)),
  };
  await background.run(job);
  const stop = background.every(markEveryMs, job);
  return {
    wasBehind,
    async stopMarks(): Promise<void> {
      await stop();
      await background.run(job);
    },
  };
}
