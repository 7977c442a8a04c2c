/**
 * What other gateways must know soon, and by which of its changes. What calls and lists of tool servers change is not among them: see ADR 115.
 * A definition that is pinned as it is first seen, or dropped, is found by the poll.
 */
const told: readonly (readonly [table: string, changes: string])[] = [
  ["revocations", "INSERT OR UPDATE OR DELETE ON revocations"],
  ["end_notices", "INSERT ON end_notices"],
  ["outside_signals", "INSERT OR UPDATE OR DELETE ON outside_signals"],
  ["definitions", "UPDATE ON definitions"],
  ["definitions_accepted", "INSERT OR UPDATE OR DELETE ON definitions_accepted"],
  ["approvals", "UPDATE OF state ON approvals"],
];

/** An approval that nobody waits for any more, such as one that is used up, is told to nobody. */
const decided = "WHEN (OLD.state = 'held' AND NEW.state <> 'held')";

const triggers = told.map(
  ([table, changes]) => `DROP TRIGGER IF EXISTS tell_change ON ${table};
  CREATE TRIGGER tell_change AFTER ${changes}
    FOR EACH ROW ${table === "approvals" ? decided : ""} EXECUTE FUNCTION sallyport_tell_change()`,
);

/**
 * A notification names the table and the process, and is sent when the transaction is committed. An engine that cannot send it takes the
 * change all the same: gateways look for changes as well.
 */
const tell = `
  CREATE OR REPLACE FUNCTION sallyport_tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      BEGIN
        PERFORM pg_notify('sallyport_changes', TG_TABLE_NAME || ' ' || current_setting('application_name'));
      EXCEPTION WHEN OTHERS THEN
        NULL;
      END;
      RETURN NULL;
    END $$`;

/** Gateways write to these tables meanwhile, each in an order of its own: a transaction that has locked two of them could stop them all. */
export const tenth = [tell, ...triggers];
