import { accessTables } from "./0001-access.ts";
import { callTables } from "./0001-calls.ts";

/** What others remember of these tables is read again when a process changes them. */
const watched = [
  "approvals",
  "definitions",
  "definitions_accepted",
  "definitions_seen",
  "end_notices",
  "outside_signals",
  "revocations",
  "task_texts",
];

/** `writer`: the process, which is the name of its connections. */
const changes = `
  CREATE TABLE store_changes (changed TEXT NOT NULL, writer TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (changed, writer));
  CREATE FUNCTION sallyport_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO store_changes AS known (changed, writer, version)
      VALUES (TG_TABLE_NAME, current_setting('application_name'), 1)
      ON CONFLICT (changed, writer) DO UPDATE SET version = known.version + 1;
      RETURN NULL;
    END $$`;

const trigger = (table: string, changed = ""): string =>
  `CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ${changed} ON ${table}
    FOR EACH ROW EXECUTE FUNCTION sallyport_note_change()`;

// What tasks use is written for each call, and read whenever it is needed. A call that counted it as a change would also wait, with its
// tasks locked, for the end of other tasks that counts its own change.
const leasesTrigger = trigger("leases", 'OF until, ended, "end", body');
const triggers = [...watched.map((table) => trigger(table)), leasesTrigger];

/** Rows that transactions of an area lock, so that they run one after the other. */
const areas = `
  CREATE TABLE store_areas (name TEXT PRIMARY KEY);
  INSERT INTO store_areas (name) VALUES ('access'), ('accounts'), ('approvals'), ('authorizations'), ('clients'),
    ('connected'), ('definitions'), ('leases'), ('sessions'), ('signals'), ('tasks')`;

/** The tables of the first version. */
export const first = [callTables, accessTables, changes, ...triggers, areas].join(";\n");
