import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";

export interface Opened<Store> {
  readonly store: Store;
  close(): Promise<void>;
}

/** An empty store, and further connections to it, as other gateways have them. */
export interface Shared<Store> extends Opened<Store> {
  again(): Promise<Opened<Store>>;
}

/** Makes stores in files of their own, for a contract that is to hold for SQLite. */
export function sqliteStores<Store>(build: (connection: Connection) => Store): () => Promise<Shared<Store>> {
  return async function make() {
    const dir = mkdtempSync(join(tmpdir(), "sallyport-contract-"));
    const open = async (): Promise<Opened<Store>> => {
      const database = openDatabase(join(dir, "store.db"));
      return { store: build(new Connection(database)), close: async () => database.close() };
    };
    const first = await open();
    return {
      store: first.store,
      again: open,
      async close() {
        await first.close();
        rmSync(dir, { recursive: true });
      },
    };
  };
}
