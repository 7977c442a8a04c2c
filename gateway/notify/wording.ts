import type { ApprovalState } from "../domain/approval.ts";
import type { Notice } from "./notice.ts";

/** Our own words about an item, the same in every channel. */
function headline(notice: Notice): string {
  if (notice.test) return notice.state === "held" ? "Test message" : "Test message, changed";
  if (notice.state === "held" && notice.askedAgain) return "Approval needed again: something has changed";
  if (notice.state === "expired" && notice.wasApproved) return "Approved, but not used in time";
  return words[notice.state];
}

const words: Readonly<Record<ApprovalState, string>> = {
  held: "Approval needed",
  approved: "Approved",
  released: "Approved, being executed",
  delivered: "Approved and executed",
  failed: "Approved, but the execution failed",
  unknown: "Approved, and whether it was executed is not known",
  denied: "Denied",
  expired: "Nobody answered in time",
  cancelled: "Withdrawn",
  drifted: "Replaced: something has changed since people were asked",
};

/** What happened in one line, with whom. */
export function sentence(notice: Notice): string {
  const by = notice.deciders.length > 0 ? ` (${notice.deciders.join(", ")})` : "";
  return `${headline(notice)}${by}`;
}

/** Of one line: a mail's subject, a notification on a phone. Never changes over the life of an item. */
export function subjectLine(notice: Notice): string {
  if (notice.test) return `Test message of ${notice.gateway}`;
  return `Approval needed: ${notice.tool} for ${notice.agent}`;
}

/** Label and value, in the order in which people need them. */
export function factsOf(notice: Notice): readonly (readonly [label: string, value: string])[] {
  if (notice.test) return [["Gateway", gatewayOf(notice)]];
  const facts: (readonly [string, string | null])[] = [
    ["Tool", notice.tool],
    ["Agent", notice.agent],
    ["On behalf of", notice.actingFor ?? "nobody but itself"],
    ["Asked by", notice.rules.map(({ rule, code }) => `${rule} (${code})`).join(", ") || null],
    ["Sensitivity", `${notice.sensitivity ?? "not known"}${undoing[String(notice.reversible)] ?? ""}`],
    ["Who may decide", notice.roles.join(", ")],
    ["Approvals", notice.state === "held" && notice.places > 1 ? `${notice.approvals} of ${notice.places}` : null],
    ["Looking at it", notice.state === "held" ? (notice.claim?.by ?? null) : null],
    notice.resolved === null ? ["Decide by", time(notice.deadline)] : ["Decided", time(notice.resolved)],
    ["Digest", notice.digest],
    ["Gateway", gatewayOf(notice)],
  ];
  return facts.flatMap(([label, value]) => (value === null ? [] : [[label, value] as const]));
}

const undoing: Readonly<Record<string, string>> = { true: ", can be undone", false: ", cannot be undone" };

function gatewayOf({ gateway, environment }: Notice): string {
  return `${gateway}, ${environment}`;
}

/** `2026-11-24 12:15 UTC` */
function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
