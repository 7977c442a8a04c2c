import type { ReceiptStore } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";

const table = `
  CREATE TABLE IF NOT EXISTS receipts (
    approval TEXT NOT NULL, at INTEGER NOT NULL, jws TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS receipts_by_approval ON receipts (approval)`;

/** Receipts as they were signed; none is ever changed. */
export function receiptStore(connection: Connection): ReceiptStore {
  const { database } = connection;
  database.exec(table);
  const add = database.prepare("INSERT INTO receipts (approval, at, jws) VALUES (?, ?, ?)");
  const of = database.prepare("SELECT at, jws FROM receipts WHERE approval = ? ORDER BY rowid");
  return {
    add: (approvalId, at, jws) => connection.run(() => void add.run(approvalId, at, jws)),
    of: (approvalId) =>
      connection.run(() => of.all(approvalId).map((row) => ({ at: Number(row["at"]), jws: String(row["jws"]) }))),
  };
}
