import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clearSelection, selected, selectionNote } from "../../state/selection.ts";
import { BatchDialog } from "./batch-dialog.tsx";

/** Fired by the keys A and R while several calls are selected. */
export const batchKey = "sallyport:batch";

/** The selection, and why the last call could not be added. */
export function BatchBar() {
  const open = useSignal(false);
  useEffect(() => {
    const show = (): void => void (open.value = selected.value.length > 0);
    addEventListener(batchKey, show);
    return () => removeEventListener(batchKey, show);
  }, []);
  const count = selected.value.length;
  return (
    <>
      <p class={selectionNote.value === null ? "selection-note" : "selection-note said"} role="status">
        {selectionNote.value}
      </p>
      {count === 0 ? null : (
        <div class="batch-bar" role="group" aria-label="Selected calls">
          <strong>{count} selected</strong>
          <button type="button" class="plain" onClick={clearSelection}>
            Clear
          </button>
          <button type="button" onClick={() => (open.value = true)}>
            Decide together…
          </button>
        </div>
      )}
      {open.value ? <BatchDialog close={() => (open.value = false)} /> : null}
    </>
  );
}
