import type { Approval } from "./approval.ts";
import type { ApprovalRequirement, ApproverProof } from "./decision.ts";
import { internJson } from "../lib/json-text.ts";
import type { ActivePolicy } from "./ports.ts";

/** What the gateway itself knows about a call, beside the call and the caller. Absent is an explicit null or none. */
export interface Facts {
  /** The one bundle this request is judged by, from first to last phase. */
  readonly policy: ActivePolicy;
  readonly time: TimeFact;
  readonly session: SessionFact;
  readonly task: TaskFact | null;
  readonly catalog: CatalogFact;
  readonly definition: DefinitionFact;
  readonly intent: IntentFact;
  readonly approval: ApprovalFact;
  /** People were asked about this call, and something has changed since; not for policy, which sees `none`. */
  readonly drift: Approval["replaces"];
  /** The approval that this very call has used up already, when what came of it is kept: the call must not run. Not for policy. */
  readonly repeats: string | null;
  readonly urls: readonly UrlFact[];
  readonly risk: {
    readonly score: number | null;
    readonly signals: readonly { readonly name: string; readonly weight: number }[];
  };
  readonly gateway: { readonly instance: string; readonly environment: string };
}

/** As long as nobody scores calls. */
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
  /** The newest calls, oldest first. Built when it is asked for, as it stood when the fact was made. */
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
  /** How wide the grant is; null unless one covers the call. */
  readonly grant: { readonly uses: number; readonly seconds: number } | null;
  /** What it took to give it; null unless approved. Policy may ask for more by now. */
  readonly asked: AskedFact | null;
  /** The people's reason, when they gave one. */
  readonly reason: string | null;
}

/** What people were asked for, as far as it says who answers and how. */
export interface AskedFact extends Pick<ApprovalRequirement, "require" | "distinct_from" | "justification"> {
  readonly proof: ApproverProof;
}

export interface UrlFact {
  readonly pointer: string;
  readonly scheme: string;
  readonly host: string;
  readonly ip_class: string | null;
  readonly port: number | null;
}
