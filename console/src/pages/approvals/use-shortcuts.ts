import { useEffect } from "preact/hooks";
import { useLocation } from "wouter";
import { rows } from "../../state/inbox.ts";
import { shortcuts } from "../../state/settings.ts";

/**
 * J and K move, A and R go to Approve and to the reason; Enter there decides. No single key decides by itself:
 * a key pressed in the wrong window must not release a payment.
 */
export function useShortcuts(chosen: string | null): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (!shortcuts.value || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const key = event.key.toLowerCase();
      if (key === "j" || key === "k") {
        const next = neighbour(chosen, key === "j" ? 1 : -1);
        if (next !== null) navigate(`/approvals/${encodeURIComponent(next)}`);
      } else if (key === "a") document.getElementById("approve")?.focus();
      else if (key === "r") document.getElementById("reason")?.focus();
      else return;
      event.preventDefault();
    }
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [chosen]);
}

function neighbour(chosen: string | null, step: 1 | -1): string | null {
  const list = rows.value;
  const here = list.findIndex((row) => row.id === chosen);
  return list[here === -1 ? 0 : here + step]?.id ?? null;
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}
