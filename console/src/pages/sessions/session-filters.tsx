import type { TargetedEvent } from "preact";

const fields = [
  ["subject", "Agent", "agent id"],
  ["session", "Session", "session id"],
] as const;

interface Props {
  readonly filters: URLSearchParams;
  /** Gets the query for the address bar. */
  readonly apply: (query: string) => void;
}

/** The filters are kept in the URL, so that a search can be bookmarked and shared. */
export function SessionFilters({ filters, apply }: Props) {
  function submit(event: TargetedEvent<HTMLFormElement>): void {
    event.preventDefault();
    const inputs = [...event.currentTarget.querySelectorAll("input")];
    const given = inputs.map(({ name, value }) => [name, value.trim()] as const).filter(([, value]) => value !== "");
    apply(new URLSearchParams(given.map(([name, value]) => [name, value])).toString());
  }

  return (
    <form class="filters" role="search" aria-label="Sessions" onSubmit={submit}>
      {fields.map(([name, label, hint]) => (
        <label key={name}>
          {label}
          <input
            name={name}
            defaultValue={filters.get(name) ?? ""}
            placeholder={hint}
            maxLength={2000}
            autocapitalize="off"
            spellcheck={false}
          />
        </label>
      ))}
      <button type="submit">Search</button>
      {filters.size === 0 ? null : (
        <button type="button" class="plain" onClick={() => apply("")}>
          Clear
        </button>
      )}
    </form>
  );
}
