/**
 * A row for each transaction that has locked an area, written in it: the id by which PostgreSQL knows a transaction may be given to another
 * after a crash, or by a server that has taken over.
 */
export const seventh = `CREATE TABLE store_transactions (
  mark UUID PRIMARY KEY DEFAULT gen_random_uuid(), process TEXT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX store_transactions_by_age ON store_transactions (at)`;
