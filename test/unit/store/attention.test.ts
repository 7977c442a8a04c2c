import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { approvalStore } from "../../../gateway/store/approvals.ts";
import { attentionStore } from "../../../gateway/store/attention.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { approved, heldItem, voteOf } from "../../support/store-contracts/approval-items.ts";

const dir = mkdtempSync(join(tmpdir(), "sallyport-store-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("keeps the votes of version 4, and then has both votes of one person on one call", async () => {
  const file = join(dir, "store.db");
  const before = openDatabase(file);
  const held = approvalStore(new Connection(before));
  await held.insert(heldItem("a_1"));
  await held.addVote("a_1", voteOf("ann", 10));
  before.close();
  const old = new DatabaseSync(file);
  old.exec(`
    CREATE TABLE approval_votes (
      approval TEXT NOT NULL, approver TEXT NOT NULL, vote TEXT NOT NULL, at INTEGER NOT NULL, seen_ms INTEGER,
      rules TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (approval, approver)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX approval_votes_by_time ON approval_votes (at);
    CREATE INDEX approval_votes_by_approver ON approval_votes (approver, at) WHERE vote = 'approve';
    CREATE TRIGGER approval_vote_cast AFTER UPDATE OF votes ON approvals BEGIN
      INSERT OR IGNORE INTO approval_votes (approval, approver, vote, at, rules, name)
      SELECT new.id, value ->> '$.account', value ->> '$.vote', value ->> '$.at', '[]', '' FROM json_each(new.votes);
    END;
    INSERT INTO approval_votes VALUES ('a_1', 'ann', 'approve', 10, 7, '["r"]', 'Ann');
    PRAGMA user_version = 4`);
  old.close();
  const database = openDatabase(file);
  const connection = new Connection(database);
  const [approvals, attention] = [approvalStore(connection), attentionStore(connection)];
  await approvals.move("a_1", approved(15), 15);
  await approvals.addVote("a_1", voteOf("ann", 20, { approver: "Ann", vote: "deny" }));
  expect(await attention.votesSince(0, 9)).toEqual([
    { approver: "ann", name: "Ann", vote: "deny", at: 20, seen_ms: null, rules: ["payments/refund"] },
    { approver: "ann", name: "Ann", vote: "approve", at: 10, seen_ms: 7, rules: ["r"] },
  ]);
  const indexes = connection.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'approval_votes'",
  );
  expect((await indexes.all()).map(({ name }) => name)).toEqual(
    expect.arrayContaining(["approval_votes_by_time", "approval_votes_by_approver"]),
  );
  database.close();
});
