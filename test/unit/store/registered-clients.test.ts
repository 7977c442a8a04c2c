import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { registeredClientStore } from "../../../gateway/store/registered-clients.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "registered-clients-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const client = (id: string) => ({
  id,
  name: id,
  uri: null,
  redirectUris: [],
  grantTypes: [],
  registeredAt: 0,
  endsAt: 2_000,
});

test("clients that version 3 has keep their place when strangers register, until their time is over", async () => {
  const file = join(dir, "store.db");
  const old = new DatabaseSync(file);
  old.exec(`
    CREATE TABLE oauth_clients (id TEXT PRIMARY KEY, document TEXT NOT NULL, ends_at INTEGER NOT NULL) STRICT;
    INSERT INTO oauth_clients VALUES ('live', '{"id":"live","name":"live","redirectUris":[]}', 1000);
    PRAGMA user_version = 3`);
  old.close();
  const database = openDatabase(file);
  const clients = registeredClientStore(new Connection(database));
  expect(await clients.add(client("stranger"), 2, 500)).toBe(true);
  expect(await clients.add(client("another"), 2, 500)).toBe(true);
  expect(await clients.get("live", 500)).toMatchObject({ id: "live", endsAt: 1_000 });
  expect(await clients.get("stranger", 500)).toBeNull();
  expect(await clients.add(client("third"), 2, 1_500)).toBe(true);
  expect(await clients.get("another", 1_500)).toMatchObject({ id: "another" });
  database.close();
});
