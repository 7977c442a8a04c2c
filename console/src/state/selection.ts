import { computed, signal } from "@preact/signals";
import type { ApprovalCard, ApprovalRow } from "../api/types.ts";
import { textAt } from "../text/json.ts";
import { rows } from "./inbox.ts";

/** Cards that were open on this page since it was loaded, as they were shown: only these can be decided together. */
const reviewed = signal<ReadonlyMap<string, ApprovalCard>>(new Map());
const chosen = signal<ReadonlySet<string>>(new Set());

/** Why the last call could not be selected; announced by screen readers. */
export const selectionNote = signal<string | null>(null);

/** Selected calls that are still held. */
export const selected = computed<readonly ApprovalCard[]>(() =>
  rows.value.flatMap((row) => {
    const card = reviewed.value.get(row.id);
    return chosen.value.has(row.id) && row.state === "held" && card !== undefined ? [card] : [];
  }),
);

export function cardShown(card: ApprovalCard): void {
  if (card.state === "held") reviewed.value = new Map(reviewed.value).set(card.id, card);
}

/** Null when it can be decided together with those selected so far. */
export function whyNotTogether(row: ApprovalRow): string | null {
  if (row.state !== "held") return "It is decided already.";
  if (row.reversible === false) return "It cannot be undone, so it is decided by itself.";
  if (row.reversible === null) return "Whether it can be undone is not known, so it is decided by itself.";
  const card = reviewed.value.get(row.id);
  if (card === undefined) return "Open it first: only what was looked at is decided together.";
  if (!card.may_vote) return card.why_not;
  if (needsProof(card)) return "It needs a stronger proof, so it is decided by itself.";
  const other = selected.value.find(({ id }) => id !== row.id);
  if (other !== undefined && riskOf(other) !== riskOf(card))
    return `Its risk is another than that of those selected (${riskOf(other)}).`;
  return null;
}

export function toggleSelected(row: ApprovalRow): void {
  const ids = new Set(chosen.value);
  if (ids.delete(row.id)) selectionNote.value = null;
  else {
    selectionNote.value = whyNotTogether(row);
    if (selectionNote.value === null) ids.add(row.id);
  }
  chosen.value = ids;
}

export function isSelected(id: string): boolean {
  return chosen.value.has(id);
}

export function clearSelection(): void {
  chosen.value = new Set();
  selectionNote.value = null;
}

export function needsProof({ approval }: ApprovalCard): boolean {
  return (approval.requirement.proof ?? "session") !== "session";
}

function riskOf({ sensitivity, approval }: ApprovalCard): string {
  const sink = textAt(approval.context, "catalog", "sink");
  return `${sensitivity ?? "unknown"} sensitivity${sink === null ? "" : `, ${sink}`}`;
}
