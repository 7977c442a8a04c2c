import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useLocation } from "wouter";
import { type FilterName, filterNames, filtersOf, searchOf } from "../../state/decisions.ts";
import { FilterFields } from "./filter-fields.tsx";

/** On a phone only these are shown until the others are opened or in use. */
const always: readonly FilterName[] = ["effect", "text"];

/** The filters are kept in the URL, so that a search can be bookmarked and shared. */
export function Filters({ search }: { readonly search: string }) {
  const [, navigate] = useLocation();
  const filters = filtersOf(search);
  const all = useSignal(filterNames.some((name) => !always.includes(name) && filters[name] !== ""));

  function apply(changed: Partial<Record<FilterName, string>>): void {
    const next = searchOf({ ...filters, ...changed });
    if (next !== searchOf(filters)) navigate(next === "" ? "/decisions" : `/decisions?${next}`);
  }

  function submit(event: TargetedEvent<HTMLFormElement>): void {
    event.preventDefault();
    apply(
      Object.fromEntries([...event.currentTarget.querySelectorAll("input")].map(({ name, value }) => [name, value])),
    );
  }

  const shown = all.value ? "filters all" : "filters";
  return (
    <form class={shown} role="search" aria-label="Decisions" onSubmit={submit} key={search}>
      <FilterFields filters={filters} apply={apply} />
      <button type="submit">Search</button>
      <button
        type="button"
        class="plain more-filters"
        aria-expanded={all.value}
        onClick={() => (all.value = !all.value)}
      >
        {all.value ? "Fewer filters" : "More filters"}
      </button>
      {searchOf(filters) === "" ? null : (
        <button type="button" class="plain" onClick={() => navigate("/decisions")}>
          Clear
        </button>
      )}
    </form>
  );
}
