/** The API's own types, taken from the server's source so that the two cannot drift apart. */
import type { EndedEverywhere, HealthReport, PolicyStatus } from "../../../gateway/domain/ports.ts";

export type { ApprovalCard, ApprovalRow } from "../../../gateway/admin/approval-view.ts";
export type { SessionDetail, TimelineRow } from "../../../gateway/admin/routes/agent-sessions.ts";
export type { TaskDetail } from "../../../gateway/admin/routes/tasks.ts";
export type { LeaseView } from "../../../gateway/domain/lease.ts";
export type { GrantRow } from "../../../gateway/admin/routes/grants.ts";
export type { ConnectedAccountRow } from "../../../gateway/admin/routes/connected-accounts.ts";
export type { ConnectionRow, EndedConnectionAnswer } from "../../../gateway/admin/routes/connections.ts";
export type { PasskeyRow } from "../../../gateway/admin/routes/passkeys.ts";
export type { Change } from "../../../gateway/domain/approval.ts";
export type { GrantScope, Reason } from "../../../gateway/domain/decision.ts";
export type { DefinitionName } from "../../../gateway/domain/definition-kinds.ts";
export type { DefinitionChange, WaitingDefinition } from "../../../gateway/domain/tool-definitions.ts";
export type { DecisionRecord, OutcomeRecord } from "../../../gateway/domain/decision-record.ts";
export type { JsonObject, JsonValue } from "../../../gateway/lib/json.ts";
export type {
  ApproverMeasure,
  ChannelRow,
  DeadLetter,
  DecisionRow,
  FatigueReport,
  OpenCounts,
  RuleInfo,
  RuleMeasure,
  SessionRow,
  VoteMeasure,
} from "../../../gateway/domain/ports.ts";
export type { Revocation, RevocationKind, SessionCaller } from "../../../gateway/domain/revocation.ts";
export type { Ended } from "../../../gateway/domain/ports/endings.ts";
export type { FoundRevocation, MadeRevocation } from "../../../gateway/admin/routes/revocations.ts";
export type { HealthReport, PolicyStatus };

export interface SessionView {
  readonly user: string;
  readonly roles: readonly string[];
  readonly csrf: string;
  readonly method: "password" | "oidc";
  /** Step-ups of this session, and until when each is valid. */
  readonly step_ups: readonly { readonly purpose: string; readonly until: number }[];
  readonly now: number;
}

/** Ways to sign in here. */
export interface LoginOffer {
  readonly passwords: boolean;
  readonly provider: { readonly label: string } | null;
  /** Origin to which the provider redirects. */
  readonly origin: string;
}

/** The answer to whoever closes a task. */
export interface ClosedTask {
  readonly id: string;
  /** Itself and its parts that were open. */
  readonly ended: readonly string[];
  /** False when it has ended in the process that was asked only. */
  readonly durable: boolean;
  /** Null when some of what was under way could not be cut yet. */
  readonly cut: EndedEverywhere | null;
}

/** Every answer contains the server's time. */
export type Timed<T> = T & { readonly now: number };
