import type { Approval } from "./approval.ts";
import type { ApprovalRequirement, ApproverProof } from "./decision.ts";
import type { OutcomeKind } from "./decision-record.ts";
import type { ArgumentDetections } from "./detections.ts";
import type { JsonObject } from "../lib/json.ts";
import type { ActivePolicy } from "./ports.ts";
import type { ProvenanceFacts } from "./provenance.ts";
import type { RiskFacts } from "./risk.ts";
import type { Pins } from "./tool-definitions.ts";
import type { DefinitionKind } from "./definition-kinds.ts";

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
  readonly provenance: ProvenanceFacts;
  readonly detected: ArgumentDetections;
  readonly risk: RiskFacts;
  readonly gateway: { readonly instance: string; readonly environment: string };
}

export interface TimeFact {
  /** Nanoseconds since the epoch as decimal text: too large for a JavaScript number. */
  readonly ns: string;
  readonly weekday: string;
  readonly hour: number;
  readonly zone: "UTC";
}

/**
 * Who named the session, the first that did: token: a verified claim. transport: MCP-Session-Id. self: the caller, in a header or
 * `_meta`. trace: its `traceparent`. none: nobody; it is the caller's own window.
 */
export type SessionTrust = "token" | "transport" | "self" | "trace" | "none";

export interface SessionFact {
  readonly id: string;
  readonly trust: SessionTrust;
  readonly calls: number;
  readonly labels: readonly string[];
  /** The latest calls, oldest first. Built at its first use, with the state at the time when the fact was made. */
  readonly history: readonly HistoryFact[];
}

export interface HistoryFact {
  readonly tool: string;
  readonly effect: string;
  readonly labels: readonly string[];
  /**
   * The values at the catalog's `destination` pointers as keyed digests of 16 hex digits, at most eight: the same value gives the
   * same digest in all processes of one store, and says nothing to others.
   */
  readonly destinations: readonly string[];
  /** As the outcome record says it; null as long as the call has not ended. */
  readonly outcome: OutcomeKind | null;
  /** Seconds ago. */
  readonly ago: number;
}

/** The task that the call belongs to. A call of a task that has ended is refused before policy is asked. */
export interface TaskFact {
  readonly id: string;
  readonly purpose: string;
  /** `server/tool` or `server/*`. */
  readonly tools: readonly string[];
  /** Null for any. */
  readonly targets: readonly string[] | null;
  /** Id of the person it serves. */
  readonly serves: string | null;
  readonly parent: string | null;
  /** Ids of the tasks that it is a part of, the nearest first: each of them ends it. */
  readonly within: readonly string[];
  readonly state: "open" | "closed" | "expired";
  /** Seconds. */
  readonly expires_in: number;
  /** Before this call, as the tasks above leave them too; null for any number. */
  readonly calls_left: number | null;
  readonly concurrent_left: number | null;
  /** One for each unit that is limited. */
  readonly spend: readonly SpendFact[];
  /** What of this call the task does not give; empty when it gives all of it. */
  readonly outside: readonly OutsideFact[];
}

/** Exact decimals as text. */
export interface SpendFact {
  readonly unit: string;
  readonly left: string;
  /** Of this call; null when the argument that says it is absent or no exact amount. */
  readonly price: string | null;
}

export interface OutsideFact {
  readonly dimension: "tools" | "targets" | "calls" | "spend";
  /** targets: pointer of the argument, empty when it cannot be told. spend: the unit. Else null. */
  readonly at: string | null;
}

export interface CatalogFact {
  readonly known: boolean;
  readonly sensitivity: "low" | "medium" | "high" | null;
  readonly reversible: boolean | null;
  /** Where the data of a call goes: nowhere, to the site itself, or out of it. */
  readonly sink: "none" | "internal" | "external" | null;
  /** JSON pointers: an external sink is external only when a value there is not inside the site; none: always. */
  readonly external_if: readonly string[];
  /** Whether a call changes anything. */
  readonly mutates: boolean | null;
  /** JSON pointers of the arguments that say where the call sends: address, account, name or path. */
  readonly destination: readonly string[];
  /** JSON pointers of the arguments that say what the call acts on. */
  readonly target: readonly string[];
  /** What its results are; null counts as untrusted text. */
  readonly returns: ReturnsFact | null;
  /** Tools, by name or as server/name, whose calls a call of this one only completes. */
  readonly confirms: readonly string[];
  /** JSON pointers of arguments that are for people to read, and change nothing: a reason, a message. */
  readonly remarks: readonly string[];
  /** Words by which people ask for it; `cancel*` stands for all that begin so. */
  readonly asked_by: readonly string[];
  readonly owner: string | null;
  /** Digest of the definition that the tool must have where its server's pins are `catalog`; null: it names none. */
  readonly definition: string | null;
  readonly labels: readonly string[];
  /** What a call costs, by unit: an exact decimal, or the JSON pointer of the argument that is the amount. */
  readonly price: Readonly<Record<string, string>>;
  /** The site's own facts, as its catalog has them. */
  readonly facts: JsonObject;
}

export interface ReturnsFact {
  readonly labels: readonly string[];
  /** Members that the service sets and no third party chooses: names, or places, in which `*` is any step. */
  readonly trusted_fields: readonly string[];
  /** Members that the person acted for has filled in: payees, an address book. */
  readonly own_fields: readonly string[];
  /** Members that say who wrote the record which they stand in, and that the service vouches for. */
  readonly author: readonly string[];
  /** Its long texts are the service's own. */
  readonly own_text: boolean;
}

/** Whether results of the tool are a third party's words; a tool of which nothing is said counts as one whose are. */
export function returnsUntrusted(returns: ReturnsFact | null): boolean {
  return returns === null || returns.labels.includes("untrusted");
}

/** `data.sallyport.site`. */
export interface SiteFact {
  /** Domains of the site, in lower case; those below them are inside too. */
  readonly inside: readonly string[];
  /** A URL on a host that the task or an approval names counts as known. */
  readonly hostsOptIn: boolean;
  /** By server: names under which it knows the site's own people. */
  readonly people: Readonly<Record<string, readonly string[]>>;
}

/** Of the definition that a call uses. */
export interface DefinitionFact {
  /** A resource may be read by a template. Null: the call is about no definition of a server. */
  readonly kind: DefinitionKind | null;
  /** As its list names it. Null: no list has named it, or several templates give the resource. */
  readonly name: string | null;
  readonly digest: string | null;
  readonly pinned: boolean;
  readonly changed: boolean;
  readonly pins: Pins;
  /** A person has accepted the pinned definition. */
  readonly accepted: boolean;
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
