import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import type { Opened, Shared } from "./shared.ts";

/** What another process has written is seen in the next turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Makes stores in files of their own, for a contract that is to hold for SQLite. */
export function sqliteStores<Store>(build: (connection: Connection) => Store): () => Promise<Shared<Store>> {
  return async function make() {
    const dir = mkdtempSync(join(tmpdir(), "sallyport-contract-"));
    const open = async (): Promise<Opened<Store>> => {
      const database = openDatabase(join(dir, "store.db"));
      const store = build(new Connection(database));
      return { store, look: nextTurn, close: async () => database.close() };
    };
    const first = await open();
    return {
      ...first,
      again: open,
      async close() {
        await first.close();
        rmSync(dir, { recursive: true });
      },
    };
  };
}
