import { explained } from "../../../../gateway/store/postgres/explained.ts";
import { StoreUnavailable } from "../../../../gateway/store/postgres/failures.ts";

test.each([
  ["53300", "sorry, too many clients already", "raise max_connections"],
  ["57P03", "the database system is starting up", "wait until it has started"],
  ["EAI_AGAIN", "", "correct the host and port of its address"],
  ["", "Connection terminated unexpectedly", "correct the host and port of its address"],
  ["42501", "permission denied for table approvals", "grant it SELECT, INSERT, UPDATE, DELETE on all tables"],
  ["42501", "permission denied for schema public", "make the user the owner of the database"],
  ["25006", "cannot execute DELETE in a read-only transaction", "set default_transaction_read_only to off"],
  ["42P05", 'prepared statement "x" already exists', "or a pooler that keeps prepared statements"],
  ["08P01", "unsupported startup parameter: options", "add options to its ignore_startup_parameters"],
  [
    "08P01",
    "unsupported startup parameter in options: default_transaction_isolation",
    "add default_transaction_isolation to its ignore_startup_parameters",
  ],
])("a failure with code %s is explained", (code, message, fix) => {
  const failure = explained(Object.assign(new Error(message), { code }), "ann at db:5432/store");
  expect(String(failure)).toContain(fix);
  expect(String(failure)).toContain("ann at db:5432/store");
});

test.each([["lock"], ["statement"]])("a %s that takes too long is no server that does not answer", (what) => {
  const failure = Object.assign(new Error(`canceling statement due to ${what} timeout`), { code: "55P03" });
  expect(explained(failure, "ann at db:5432/store")).toBe(failure);
});

test("a failure for which nobody can use the store is told in one sentence, whatever it is", () => {
  const unavailable = new StoreUnavailable("no room", new Error("no room"));
  expect(String(explained(unavailable, "ann at db:5432/store"))).toBe(
    "CannotStart: the store (ann at db:5432/store) cannot be used: no room; look at PostgreSQL and the way to it",
  );
});

test("a failure that says nothing of the way to the store stays as it is", () => {
  const failure = new Error("column x does not exist");
  expect(explained(failure, "ann at db:5432/store")).toBe(failure);
});
