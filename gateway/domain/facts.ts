import type { Approval } from "./approval.ts";
import type { ApprovalRequirement, ApproverProof } from "./decision.ts";
import { internJson } from "../lib/json.ts";
import type { ActivePolicy } from "./ports.ts";

/** Facts about a call that the gateway adds to the call and the caller. An absent fact is an explicit null or `none`. */
export interface Facts {
  /** The policy bundle for all phases of this request. */
  readonly policy: ActivePolicy;
  readonly time: TimeFact;
  readonly session: SessionFact;
  readonly task: TaskFact | null;
  readonly catalog: CatalogFact;
  readonly definition: DefinitionFact;
  readonly intent: IntentFact;
  readonly approval: ApprovalFact;
  /** An earlier approval of this call and the changes since. Not part of the policy input, which has `none`. */
  readonly drift: Approval["replaces"];
  /**
   * The approval that this call has already used up and whose result is kept: the call must not be executed again. Not
   * part of the policy input.
   */
  readonly repeats: string | null;
  readonly urls: readonly UrlFact[];
  readonly risk: {
    readonly score: number | null;
    readonly signals: readonly { readonly name: string; readonly weight: number }[];
  };
  readonly gateway: { readonly instance: string; readonly environment: string };
}

/** The fact until calls are scored. */
export const noRisk: Facts["risk"] = internJson({ score: null, signals: [] });

export interface TimeFact {
  /** Nanoseconds since the epoch as decimal text: too large for a JavaScript number. */
  readonly ns: string;
  readonly weekday: string;
  readonly hour: number;
  readonly zone: "UTC";
}

export interface SessionFact {
  readonly id: string;
  /** token: a verified claim. transport: MCP-Session-Id. self: chosen by the caller. none: the caller's own window. */
  readonly trust: "token" | "transport" | "self" | "none";
  readonly calls: number;
  readonly labels: readonly string[];
  /** The latest calls, oldest first. Built at its first use, with the state at the time when the fact was made. */
  readonly history: readonly HistoryFact[];
}

export interface HistoryFact {
  readonly tool: string;
  readonly effect: string;
  readonly labels: readonly string[];
  /** Seconds ago. */
  readonly ago: number;
}

export interface TaskFact {
  readonly id: string;
  readonly tools: readonly string[];
  readonly expires_in: number;
  readonly calls_left: number | null;
  readonly state: "open" | "closed" | "expired";
}

export interface CatalogFact {
  readonly known: boolean;
  readonly sensitivity: "low" | "medium" | "high" | null;
  readonly reversible: boolean | null;
  readonly sink: "internal" | "external" | null;
  readonly owner: string | null;
  readonly labels: readonly string[];
}

export interface DefinitionFact {
  readonly digest: string | null;
  readonly pinned: boolean;
  readonly changed: boolean;
  readonly declared: { readonly readOnlyHint: boolean | null; readonly destructiveHint: boolean | null };
}

export interface IntentFact {
  readonly purpose: string | null;
  readonly declared_by: "token" | "header" | "none";
  /** The purpose was too long and its end is cut off. */
  readonly truncated: boolean;
}

/** `mismatch`: an approval was named or presented that belongs to another call. */
export interface ApprovalFact {
  readonly status: "none" | "pending" | "approved" | "denied" | "expired" | "mismatch";
  /** Of the item, or of the grant that covers the call. */
  readonly id: string | null;
  readonly approvers: readonly string[];
  /** Seconds since it was approved; null unless approved. */
  readonly age: number | null;
  /** once, or the kind of the grant; null unless approved. */
  readonly scope: "once" | "uses" | "session" | "task" | "until" | null;
  /** Limits of the grant; null unless one covers the call. */
  readonly grant: { readonly uses: number; readonly seconds: number } | null;
  /** The requirement under which it was given; null unless approved. Policy may require more now. */
  readonly asked: RequirementFact | null;
  /** The people's reason, when they gave one. */
  readonly reason: string | null;
}

/** The parts of an approval requirement that say who must approve, and how. */
export interface RequirementFact extends Pick<ApprovalRequirement, "require" | "distinct_from" | "justification"> {
  readonly proof: ApproverProof;
}

export interface UrlFact {
  readonly pointer: string;
  readonly scheme: string;
  readonly host: string;
  readonly ip_class: string | null;
  readonly port: number | null;
}
