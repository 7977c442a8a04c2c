import type { StoredLabel } from "../../domain/ports.ts";
import type { LabelReader } from "../session-labels.ts";
import type { PostgresConnection } from "./connection.ts";

/** Labels in PostgreSQL. What any process has given counts for the next call wherever it lands: nothing is remembered. */
export function sharedLabels(connection: PostgresConnection): LabelReader {
  const of = connection.prepare(
    "SELECT key, label, since, last FROM session_labels WHERE key = ANY (?::text[]) ORDER BY key, label",
  );
  return {
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
