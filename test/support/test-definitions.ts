import type { Clock } from "../../gateway/domain/ports.ts";
import { definitionLedger } from "../../gateway/gather/definitions.ts";
import type { Database } from "../../gateway/store/database.ts";
import { definitionStore } from "../../gateway/store/definitions-and-sessions.ts";
import { quiet } from "./quiet.ts";

/** A ledger whose observations are in the store at once. */
export function testDefinitions(database: Database, clock: Pick<Clock, "now">): ReturnType<typeof definitionLedger> {
  const store = definitionStore(database);
  const ledger = definitionLedger({ store, clock, logger: quiet, onPending: () => ledger.keep() });
  return ledger;
}
