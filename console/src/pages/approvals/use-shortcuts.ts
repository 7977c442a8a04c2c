import { useEffect } from "preact/hooks";
import { useLocation } from "wouter";
import { loadMore, more, rows } from "../../state/inbox.ts";
import { selected, toggleSelected } from "../../state/selection.ts";
import { shortcuts } from "../../state/settings.ts";
import { batchKey } from "./batch-bar.tsx";

/**
 * J and K move, X selects, A and R focus the Approve button and the reason (of the whole selection, when there are
 * several); Enter there decides. No single key decides: a key pressed in the wrong window must not release a payment.
 */
export function useShortcuts(chosen: string | null): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (!shortcuts.value || event.ctrlKey || event.metaKey || event.altKey || busy(event.target)) return;
      const act = actions[event.key.toLowerCase()];
      if (act === undefined) return;
      act(chosen, (id) => navigate(`/approvals/${encodeURIComponent(id)}`));
      event.preventDefault();
    }
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [chosen]);
}

type Action = (chosen: string | null, open: (id: string) => void) => void;

const actions: Readonly<Record<string, Action>> = {
  j: (chosen, open) => void forward(chosen, open).catch(() => null),
  k: (chosen, open) => go(neighbour(chosen, -1), open),
  a: () => decide("approve"),
  r: () => decide("reason"),
  x: (chosen) => {
    const row = rows.value.find(({ id }) => id === chosen);
    if (row !== undefined) toggleSelected(row);
  },
};

/** Below the last row that is loaded, the next ones are loaded first. */
async function forward(chosen: string | null, open: (id: string) => void): Promise<void> {
  if (neighbour(chosen, 1) === null && more.value) await loadMore();
  go(neighbour(chosen, 1), open);
}

function go(id: string | null, open: (id: string) => void): void {
  if (id !== null) open(id);
}

function decide(field: "approve" | "reason"): void {
  if (selected.value.length > 1) dispatchEvent(new Event(batchKey));
  else document.getElementById(field)?.focus();
}

function neighbour(chosen: string | null, step: 1 | -1): string | null {
  const list = rows.value;
  const here = list.findIndex((row) => row.id === chosen);
  return list[here === -1 ? 0 : here + step]?.id ?? null;
}

/** The user is typing, or a dialog is open. */
function busy(target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open]") !== null) return true;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName) || typing(target))
  );
}

function typing(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement && !["checkbox", "radio"].includes(target.type);
}
