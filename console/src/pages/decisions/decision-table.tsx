import type { DecisionRow } from "../../api/types.ts";
import { DecisionLine } from "./decision-line.tsx";

const columns = ["When", "Effect", "Tool", "Agent", "Why", "Outcome", "Time", "Id"];

export function DecisionTable({ rows, busy }: { readonly rows: readonly DecisionRow[]; readonly busy: boolean }) {
  return (
    <table class="decision-table" aria-busy={busy}>
      <thead>
        <tr>
          {columns.map((name) => (
            <th key={name} scope="col" class={name === "Time" ? "number" : ""}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <DecisionLine key={row.decision_id} row={row} />
        ))}
      </tbody>
    </table>
  );
}
