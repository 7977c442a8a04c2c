import { signal } from "@preact/signals";
import { get, messageOf } from "../api/client.ts";
import type { DecisionRow, Timed } from "../api/types.ts";

type Load =
  { readonly kind: "loading" } | { readonly kind: "ready" } | { readonly kind: "failed"; readonly message: string };

export const filterNames = ["effect", "text", "tool", "subject", "session", "code"] as const;
export type FilterName = (typeof filterNames)[number];

export const decisions = signal<readonly DecisionRow[]>([]);
export const decisionsLoad = signal<Load>({ kind: "loading" });
export const nextPage = signal<string | null>(null);

let wanted = "";

/** Loads the first page for the filters in the address bar; the answer of an older request never replaces a newer one. */
export async function searchDecisions(search: string): Promise<void> {
  wanted = search;
  decisionsLoad.value = { kind: "loading" };
  try {
    const page = await fetchPage(search, null);
    if (wanted !== search) return;
    decisions.value = page.rows;
    nextPage.value = page.next;
    decisionsLoad.value = { kind: "ready" };
  } catch (thrown) {
    if (wanted === search) decisionsLoad.value = { kind: "failed", message: messageOf(thrown) };
  }
}

export async function olderDecisions(search: string): Promise<void> {
  const page = await fetchPage(search, nextPage.value);
  if (wanted !== search) return;
  decisions.value = [...decisions.value, ...page.rows];
  nextPage.value = page.next;
}

/** Only filters that the API knows, so that an old link still works. */
export function filtersOf(search: string): Record<FilterName, string> {
  const given = new URLSearchParams(search);
  return Object.fromEntries(filterNames.map((name) => [name, given.get(name) ?? ""])) as Record<FilterName, string>;
}

export function searchOf(filters: Readonly<Record<FilterName, string>>): string {
  return new URLSearchParams(
    filterNames.flatMap((name) => (filters[name].trim() === "" ? [] : [[name, filters[name].trim()]])),
  ).toString();
}

function fetchPage(search: string, after: string | null): Promise<Timed<{ rows: DecisionRow[]; next: string | null }>> {
  const query = new URLSearchParams(searchOf(filtersOf(search)));
  if (after !== null) query.set("after", after);
  return get(`/api/decisions?${query}`);
}
