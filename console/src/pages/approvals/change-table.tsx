import type { JsonValue } from "../../api/types.ts";
import { Text } from "../../parts/text.tsx";
import type { Change } from "../../text/json.ts";

interface Props {
  /** What the first column names. */
  readonly what: string;
  readonly label: string;
  readonly found: readonly Change[];
}

/** Before and after, value by value, both whole. */
export function ChangeTable({ what, label, found }: Props) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table class="diff">
        <thead>
          <tr>
            <th scope="col">{what}</th>
            <th scope="col">Then</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          {found.map((change) => (
            <tr key={change.pointer}>
              <th scope="row">
                <Text>{change.pointer}</Text>
              </th>
              <td class="then">
                <Value value={change.before} />
              </td>
              <td class="now">
                <Value value={change.after} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ value }: { readonly value: JsonValue | undefined }) {
  if (value === undefined) return <span class="quiet">absent</span>;
  return <Text>{typeof value === "string" ? `"${value}"` : JSON.stringify(value)}</Text>;
}
