import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { JsonValue } from "../../api/types.ts";
import { Text } from "../../components/text";

export interface ChangeRow {
  readonly key: string;
  readonly name: ComponentChildren;
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

interface Props {
  /** Heading of the first column. */
  readonly what: string;
  readonly label: string;
  readonly rows: readonly ChangeRow[];
}

/** Rows that are shown at first: what stands below the table must be reachable. */
const shownAtFirst = 20;

/** Table of old and new values, both in full; of many, the first ones until all are wanted. */
export function ChangeTable({ what, label, rows }: Props) {
  const all = useSignal(false);
  const shown = all.value ? rows : rows.slice(0, shownAtFirst);
  const more = rows.length - shown.length;
  return (
    <>
      <Rows what={what} label={label} rows={shown} />
      {more === 0 ? null : (
        <button type="button" class="more-rows" onClick={() => (all.value = true)}>
          {more} more {more === 1 ? "difference" : "differences"}, show all
        </button>
      )}
    </>
  );
}

function Rows({ what, label, rows }: Props) {
  return (
    <table class="diff" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{what}</th>
          <th scope="col">Then</th>
          <th scope="col">Now</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row">{row.name}</th>
            <td class="then" data-name="Then">
              <Value value={row.before} />
            </td>
            <td class="now" data-name="Now">
              <Value value={row.after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ value }: { readonly value: JsonValue | undefined }) {
  if (value === undefined) return <span class="quiet">absent</span>;
  return (
    <span>
      <Text>{typeof value === "string" ? `"${value}"` : JSON.stringify(value)}</Text>
    </span>
  );
}
