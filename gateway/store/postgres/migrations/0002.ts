import { watched } from "./0001.ts";

/**
 * Changes are counted at the end of their transaction. A count is a row that all transactions of a process share: whoever has locked it
 * waits for no row of another table any more, so that two of them cannot wait for each other in a circle.
 * https://www.postgresql.org/docs/13/sql-createtrigger.html
 */
export const second = watched
  .flatMap((table) => [
    `DROP TRIGGER note_change ON ${table}`,
    `CREATE CONSTRAINT TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON ${table}
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sallyport_note_change()`,
  ])
  .join(";\n");
