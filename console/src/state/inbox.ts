import { computed, signal } from "@preact/signals";
import { get, messageOf } from "../api/client.ts";
import type { ApprovalRow, Timed } from "../api/types.ts";

export type Tab = "open" | "closed";
type Load =
  { readonly kind: "loading" } | { readonly kind: "ready" } | { readonly kind: "failed"; readonly message: string };

const pageSize = 50;

export const tab = signal<Tab>("open");
export const load = signal<Load>({ kind: "loading" });
/** In the order shown; a row never moves while somebody reads. */
export const rows = signal<readonly ApprovalRow[]>([]);
/** Came in since the list was loaded; shown on request. */
export const arrivals = signal<readonly ApprovalRow[]>([]);
export const more = signal(false);
export const waiting = computed(() =>
  tab.value === "open" ? [...arrivals.value, ...rows.value].filter((row) => row.state === "held").length : null,
);

export async function loadInbox(wanted: Tab = tab.value): Promise<void> {
  tab.value = wanted;
  load.value = { kind: "loading" };
  rows.value = [];
  arrivals.value = [];
  try {
    const { items } = await fetchRows(wanted);
    if (tab.value !== wanted) return;
    rows.value = items;
    more.value = items.length === pageSize;
    load.value = { kind: "ready" };
  } catch (thrown) {
    load.value = { kind: "failed", message: messageOf(thrown) };
  }
}

export async function loadOlder(): Promise<void> {
  const last = rows.value.at(-1);
  if (last === undefined) return;
  const { items } = await fetchRows(tab.value, last.created);
  more.value = items.length === pageSize;
  rows.value = [...rows.value, ...items.filter((item) => !rows.value.some((row) => row.id === item.id))];
}

/** One change from the event stream. Known rows change in place; new ones wait above the list. */
export function approvalChanged(row: ApprovalRow): void {
  if (rows.value.some((known) => known.id === row.id)) {
    rows.value = rows.value.map((known) => (known.id === row.id ? row : known));
    return;
  }
  const others = arrivals.value.filter((known) => known.id !== row.id);
  const belongs = tab.value === (isOpen(row) ? "open" : "closed");
  if (!belongs) arrivals.value = others;
  else if (rows.value.length === 0 && load.value.kind === "ready") rows.value = [row];
  else arrivals.value = [row, ...others];
}

export function showArrivals(): void {
  rows.value = [...arrivals.value, ...rows.value];
  arrivals.value = [];
}

/** After a gap in the stream: what changed meanwhile is merged in, again without moving a row. */
export async function catchUp(): Promise<void> {
  const lists = await Promise.all((["open", "closed"] as const).map((state) => fetchRows(state, undefined, true)));
  for (const row of lists.flatMap((list) => list.items).reverse()) {
    const news = rows.value.some((known) => known.id === row.id) || (tab.value === "open" && isOpen(row));
    if (news) approvalChanged(row);
  }
}

function isOpen(row: ApprovalRow): boolean {
  return row.state === "held" || row.state === "approved";
}

function fetchRows(state: Tab, before?: number, passive = false): Promise<Timed<{ items: ApprovalRow[] }>> {
  const query = new URLSearchParams({
    state,
    limit: String(pageSize),
    ...(before === undefined ? {} : { before: String(before) }),
  });
  return get(`/api/approvals?${query}`, { passive });
}
