import { useId } from "preact/hooks";
import type { ApprovalRow } from "../../api/types.ts";
import { briefly } from "../../components/text";
import { isSelected, toggleSelected, whyNotTogether } from "../../state/selection.ts";

/**
 * Adds a call to those that are decided together. Stays focusable when that is not possible, so that the reason can be read.
 */
export function SelectBox({ row }: { readonly row: ApprovalRow }) {
  const id = useId();
  const chosen = isSelected(row.id);
  const why = chosen ? null : whyNotTogether(row);
  return (
    <span class="select-box" title={why ?? "Decide together with others (X)"}>
      <input
        type="checkbox"
        checked={chosen}
        aria-label={`Select ${briefly(row.summary)}`}
        aria-disabled={why !== null}
        aria-describedby={why === null ? undefined : id}
        onChange={({ currentTarget }) => {
          toggleSelected(row);
          // Resets the box when the click did not change the selection.
          currentTarget.checked = isSelected(row.id);
        }}
      />
      {why === null ? null : (
        <span id={id} hidden>
          {why}
        </span>
      )}
    </span>
  );
}
