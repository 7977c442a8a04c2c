import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { Background, type Job } from "../domain/background.ts";
import { CannotStart } from "../domain/errors.ts";
import type { DecisionIndex, Ids, Logger } from "../domain/ports.ts";
import { storeFileCheck } from "../store/change-detector.ts";
import { Connection, type StoreWatch } from "../store/connection.ts";
import { openStore } from "../store/database.ts";
import { decisionIndex } from "../store/decision-index.ts";
import { type Liveness, liveness, revocationStore } from "../store/call-state.ts";
import { type FolderLock, lockFolder } from "../store/processes.ts";
import { logMarks, MarkFiles, storeMarks } from "../store/store-marks.ts";

const markEveryMs = 1_000;
const lookEveryMs = 1_000;

export interface StateDeps {
  readonly ids: Ids;
  readonly logger: Logger;
  /** The operator's word that a store that is behind its log is meant. */
  readonly acceptStore: boolean;
  readonly watch: StoreWatch;
}

export interface State {
  readonly lock: FolderLock;
  readonly connection: Connection;
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
  try {
    const connection = new Connection(openStore(config.store.sqlite), watch);
    const background = new Background(logger, (work) => connection.briefly(work));
    const stopLooking = await watchStoreFiles(connection, background);
    const { wasBehind, stopMarks } = await checkMarks(config, { connection, background, lock, ids, acceptStore });
    const index = decisionIndex(join(config.dataDir, "decisions.index.db"));
    return {
      lock,
      connection,
      live: liveness(connection),
      index,
      background,
      wasBehind,
      async close(): Promise<void> {
        await stopLooking();
        await stopMarks();
        connection.database.close();
        index.close();
        lock.release();
      },
    };
  } catch (failure) {
    lock.release();
    throw failure;
  }
}

/** Now, and every second. @returns how to stop it */
async function watchStoreFiles({ database }: Connection, background: Background): Promise<() => Promise<void>> {
  const failing = "what is written to the store is lost when the gateway ends";
  const job: Job = { name: "store-file", failing, severity: "unready", work: storeFileCheck(database) };
  await background.run(job);
  return background.every(lookEveryMs, job);
}

interface MarkDeps extends Omit<StateDeps, "logger" | "watch"> {
  readonly connection: Connection;
  readonly background: Background;
  readonly lock: FolderLock;
}

/** @throws CannotStart store_behind without the operator's word */
async function checkMarks(config: Config, { connection, background, lock, ids, acceptStore }: MarkDeps) {
  const { database } = connection;
  revocationStore(connection);
  const marks = new MarkFiles(
    [config.dataDir, config.record.dir],
    storeMarks(connection, lock.id, () => ids.make("p")),
  );
  let wasBehind = false;
  try {
    await marks.check();
  } catch (failure) {
    if (!acceptStore || !(failure instanceof CannotStart) || failure.code !== "store_behind") {
      database.close();
      throw failure;
    }
    wasBehind = true;
    await logMarks(connection, lock.id).reserve({ last: 0, reserved: marks.highestReserved() });
  }
  const job: Job = {
    name: "store-marks",
    failing: "how far the store has come cannot be kept in the data and log folders",
    severity: "degraded",
    work: () => marks.keep(),
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
