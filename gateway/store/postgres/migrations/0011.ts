/** By which rows that are over are found: they are removed in parts, and each part looks for its own. */
export const eleventh = [
  "CREATE INDEX IF NOT EXISTS provenance_memories_by_age ON provenance_memories (at)",
  "CREATE INDEX IF NOT EXISTS leases_by_end ON leases (ended) WHERE ended IS NOT NULL",
];
