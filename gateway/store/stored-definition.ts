import type { StoredDefinition } from "../domain/ports.ts";
import { isAccepted, seenFrom } from "./definitions.ts";
import type { SqlRow } from "./sql.ts";

/** Of a definition that was pinned, the last that was seen, and whether it was accepted; then a condition on `pinned`. */
export const definitionText = `SELECT pinned.digest AS former, pinned.definition AS before,
    coalesce(last.digest, pinned.digest) AS digest, coalesce(last.definition, pinned.definition) AS definition,
    CASE WHEN ${isAccepted} THEN 1 ELSE 0 END AS accepted
    FROM definitions AS pinned LEFT JOIN definitions_seen AS last USING (server, kind, name)`;

/** Of a row of `definitionText`. */
export function storedFrom(row: SqlRow | undefined): StoredDefinition | null {
  if (row === undefined) return null;
  return {
    pinned: seenFrom(row, "former", "before"),
    last: seenFrom(row, "digest", "definition"),
    accepted: row["accepted"] === 1,
  };
}
