import { computed, signal } from "@preact/signals";
import { get, messageOf } from "../api/client.ts";
import type { ApprovalRow, OpenCounts, Timed } from "../api/types.ts";

/** held: waits for people. approved: decided, but its agent has not fetched the result. closed: finished. */
export type Tab = "held" | "approved" | "closed";
type Load =
  { readonly kind: "loading" } | { readonly kind: "ready" } | { readonly kind: "failed"; readonly message: string };
type Page = Timed<{ readonly items: ApprovalRow[]; readonly counts: OpenCounts }>;

const pageSize = 50;

export const tab = signal<Tab>("held");
/** Only rows with this text in summary, tool, agent or the person it acts for. */
export const filter = signal("");
export const load = signal<Load>({ kind: "loading" });
/** Rows in the order shown; a change never moves a row. */
export const rows = signal<readonly ApprovalRow[]>([]);
/** Rows that arrived since the list was loaded; shown on request. */
export const arrivals = signal<readonly ApprovalRow[]>([]);
export const more = signal(false);
/** Number of calls in all, loaded or not; null until the first answer. */
export const counts = signal<OpenCounts | null>(null);
export const waiting = computed(() => counts.value?.held ?? null);

export async function loadInbox(wanted: Tab = tab.value): Promise<void> {
  const text = filter.value;
  tab.value = wanted;
  load.value = { kind: "loading" };
  rows.value = [];
  arrivals.value = [];
  try {
    await withChangesAfter(async () => {
      const { items } = await fetchRows(wanted);
      if (tab.value !== wanted || filter.value !== text) return;
      rows.value = items;
      arrivals.value = arrivals.value.filter((row) => !items.some((item) => item.id === row.id));
      more.value = items.length >= pageSize;
      load.value = { kind: "ready" };
    });
  } catch (thrown) {
    load.value = { kind: "failed", message: messageOf(thrown) };
  }
}

export async function loadMore(): Promise<void> {
  const last = rows.value.at(-1);
  if (last === undefined) return;
  await withChangesAfter(async () => {
    const { items } = await fetchRows(tab.value, last);
    more.value = items.length >= pageSize;
    rows.value = [...rows.value, ...items.filter((item) => !rows.value.some((row) => row.id === item.id))];
  });
}

/** Changes received while a list is loading; the list may be older than they are. */
const meanwhile = new Set<ApprovalRow[]>();

async function withChangesAfter(load: () => Promise<void>): Promise<void> {
  const changes: ApprovalRow[] = [];
  meanwhile.add(changes);
  try {
    await load();
  } finally {
    meanwhile.delete(changes);
  }
  for (const row of changes) apply(row);
}

/** One change from the event stream. Known rows change in place; new ones wait above the list. */
export function approvalChanged(row: ApprovalRow & { readonly counts?: OpenCounts }): void {
  if (row.counts !== undefined) counts.value = row.counts;
  for (const changes of meanwhile) changes.push(row);
  apply(row);
}

function apply(row: ApprovalRow): void {
  if (rows.value.some((known) => known.id === row.id)) {
    rows.value = rows.value.map((known) => (known.id === row.id ? row : known));
    return;
  }
  const others = arrivals.value.filter((known) => known.id !== row.id);
  const belongs = tab.value === tabOf(row) && matches(row);
  if (!belongs) arrivals.value = others;
  else if (rows.value.length === 0 && load.value.kind === "ready") rows.value = [row];
  else arrivals.value = [row, ...others];
}

export function showArrivals(): void {
  rows.value = inOrder([...arrivals.value, ...rows.value]);
  arrivals.value = [];
}

/** Merges in what changed during a gap of the event stream, without moving a row. */
export async function catchUp(): Promise<void> {
  const tabs = ["held", "approved", "closed"] as const;
  await withChangesAfter(async () => {
    const lists = await Promise.all(tabs.map((state) => fetchRows(state, undefined, true)));
    for (const row of lists.flatMap((list) => list.items).reverse()) {
      const news =
        rows.value.some((known) => known.id === row.id) || (tab.value !== "closed" && tab.value === tabOf(row));
      if (news) apply(row);
    }
  });
}

function tabOf({ state }: ApprovalRow): Tab {
  return state === "held" || state === "approved" ? state : "closed";
}

/** Waiting calls by deadline, finished calls newest first. */
function inOrder(list: readonly ApprovalRow[]): readonly ApprovalRow[] {
  return tab.value === "closed" ? list : list.toSorted((one, other) => deadlineOf(one) - deadlineOf(other));
}

function deadlineOf({ state, approve_by, execute_by }: ApprovalRow): number {
  return state === "approved" ? (execute_by ?? approve_by) : approve_by;
}

function matches({ summary, tool, agent, acting_for }: ApprovalRow): boolean {
  const text = filter.value.toLowerCase();
  return text === "" || [summary, tool, agent, acting_for ?? ""].join("\n").toLowerCase().includes(text);
}

async function fetchRows(state: Tab, last?: ApprovalRow, passive = false): Promise<Page> {
  const from = state === "closed" ? { before: last?.created } : { after: last === undefined ? last : deadlineOf(last) };
  const asked = { state, limit: pageSize, text: filter.value, ...from };
  const query = new URLSearchParams(
    Object.entries(asked).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [[name, String(value)]],
    ),
  );
  const page = await get<Page>(`/api/approvals?${query}`, { passive });
  counts.value = page.counts;
  return page;
}
