import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useLocation } from "wouter";
import { type FilterName, filtersOf, searchOf } from "../../state/decisions.ts";

const fields: readonly (readonly [FilterName, string, string])[] = [
  ["text", "Search", "tool, agent, code or id"],
  ["tool", "Tool", "server/tool"],
  ["subject", "Agent", "agent id"],
  ["code", "Reason code", "NO_ENTITLEMENT"],
  ["session", "Session", "session id"],
];

/** The filters live in the address bar: a search can be kept and shared. */
export function Filters({ search }: { readonly search: string }) {
  const [, navigate] = useLocation();
  const filters = filtersOf(search);
  /** On a phone only the first two fields show until asked for, or until one of the others is in use. */
  const all = useSignal(fields.slice(1).some(([name]) => filters[name] !== ""));

  function apply(name: FilterName, value: string): void {
    const next = searchOf({ ...filters, [name]: value });
    if (next !== searchOf(filters)) navigate(next === "" ? "/decisions" : `/decisions?${next}`);
  }

  const inputs = (event: TargetedEvent<HTMLFormElement>) => [...event.currentTarget.querySelectorAll("input")];
  function submit(event: TargetedEvent<HTMLFormElement>): void {
    event.preventDefault();
    const typed = Object.fromEntries(inputs(event).map((input) => [input.name, input.value]));
    const next = searchOf({ ...filters, ...typed });
    navigate(next === "" ? "/decisions" : `/decisions?${next}`);
  }

  return (
    <form class={all.value ? "filters all" : "filters"} role="search" aria-label="Decisions" onSubmit={submit} key={search}>
      <label>
        Effect
        <select name="effect" value={filters.effect} onChange={(event) => apply("effect", event.currentTarget.value)}>
          <option value="">all</option>
          <option value="allow">allowed</option>
          <option value="hold">held</option>
          <option value="deny">denied</option>
        </select>
      </label>
      {fields.map(([name, label, hint]) => (
        <label key={name} class={name === "text" ? "text" : "extra"}>
          {label}
          <input name={name} defaultValue={filters[name]} placeholder={hint} maxLength={200} autocapitalize="off" spellcheck={false} onChange={(event) => apply(name, event.currentTarget.value)} />
        </label>
      ))}
      <button type="submit">Search</button>
      <button type="button" class="plain more-filters" aria-expanded={all.value} onClick={() => (all.value = !all.value)}>
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
