import { useId } from "preact/hooks";
import type { ApprovalRow } from "../../api/types.ts";
import { briefly } from "../../parts/text.tsx";
import { isSelected, toggleSelected, whyNotTogether } from "../../state/selection.ts";

/** Takes a call into those that are decided together. Stays focusable when it cannot be, so that it can say why. */
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
          // A click that selects nothing must not look as if it did.
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
