import { useEffect, useRef } from "preact/hooks";
import { filter, loadInbox } from "../../state/inbox.ts";

const typingMs = 250;

/** Filters the list while the user types; the server searches all calls, not only the loaded ones. */
export function InboxFilter() {
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  function narrow(text: string): void {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      if (filter.value === text) return;
      filter.value = text;
      void loadInbox();
    }, typingMs);
  }
  return (
    <label class="inbox-filter">
      <span class="visually-hidden">Only calls with this text</span>
      <input
        type="search"
        name="filter"
        placeholder="Filter by call, tool, agent or person"
        maxLength={200}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        defaultValue={filter.value}
        onInput={({ currentTarget }) => narrow(currentTarget.value.trim())}
      />
    </label>
  );
}
