import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { Background } from "../domain/background.ts";
import type { Ids, Logger } from "../domain/ports.ts";
import { briefWaits, openDatabase } from "../store/database.ts";
import { decisionIndex } from "../store/decision-index.ts";
import { lockFolder } from "../store/folder-lock.ts";

/** What outlives the process: the data folder, the store and the index of the log. @throws Error when one cannot be used */
export function openState(config: Config, ids: Ids, logger: Logger) {
  const lock = lockFolder(config.dataDir, () => ids.make("p"));
  try {
    const database = openDatabase(config.store.sqlite);
    const index = decisionIndex(join(config.dataDir, "decisions.index.db"));
    return {
      lock,
      database,
      index,
      background: new Background(logger, briefWaits(database)),
      close(): void {
        database.close();
        index.close();
        lock.release();
      },
    };
  } catch (failure) {
    lock.release();
    throw failure;
  }
}

export type State = ReturnType<typeof openState>;
