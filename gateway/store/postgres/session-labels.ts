import type { StoredLabel } from "../../domain/ports.ts";
import type { LabelStore } from "../session-labels.ts";
import type { PostgresConnection } from "./connection.ts";

/** Labels in PostgreSQL. What any process has given counts for the next call wherever it lands: nothing is remembered. */
export function sharedLabels(connection: PostgresConnection): LabelStore {
  // In one order, so that two processes that give the same labels at once wait for each other and not in a circle.
  const give = connection.prepare(`INSERT INTO session_labels (key, label, since, last)
    SELECT key, label, min(at), max(at) FROM unnest(?::text[], ?::text[], ?::bigint[]) AS given (key, label, at)
    GROUP BY key, label ORDER BY key, label
    ON CONFLICT (key, label) DO UPDATE SET last = greatest(session_labels.last, excluded.last)`);
  const of = connection.prepare(
    "SELECT key, label, since, last FROM session_labels WHERE key = ANY (?::text[]) ORDER BY key, label",
  );
  return {
    async addLabels(added) {
      const rows = added.flatMap(({ key, labels, since }) => labels.map((label) => ({ key, label, since })));
      if (rows.length === 0) return;
      await give.run(
        rows.map(({ key }) => key),
        rows.map(({ label }) => label),
        rows.map(({ since }) => since),
      );
    },
    async labels(keys) {
      const found = new Map<string, StoredLabel[]>();
      for (const { key, label, since, last } of await of.all([...keys])) {
        const labels = found.get(String(key)) ?? [];
        labels.push({ label: String(label), since: Number(since), last: Number(last) });
        found.set(String(key), labels);
      }
      return found;
    },
    changedElsewhere: () => true,
  };
}
