import { accessTables } from "./0001-access.ts";
import { callTables } from "./0001-calls.ts";

/** What others remember of these tables is read again when a process changes them. */
export const watched = [
  "approvals",
  "definitions",
  "definitions_accepted",
  "definitions_seen",
  "end_notices",
  "leases",
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

const triggers = watched.map(
  (table) => `CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON ${table}
    FOR EACH ROW EXECUTE FUNCTION sallyport_note_change()`,
);

/** Rows that transactions of an area lock, so that they run one after the other. */
const areas = `
  CREATE TABLE store_areas (name TEXT PRIMARY KEY);
  INSERT INTO store_areas (name) VALUES ('access'), ('accounts'), ('approvals'), ('authorizations'), ('clients'),
    ('connected'), ('definitions'), ('leases'), ('sessions'), ('signals'), ('tasks')`;

/** The tables of the first version. */
export const first = [callTables, accessTables, changes, ...triggers, areas].join(";\n");
