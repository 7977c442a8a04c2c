import type { Decision } from "../domain/decision.ts";
import type { Refusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { Facts } from "../domain/facts.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { OwnRequest } from "../domain/own-requests.ts";
import type { PolicyInput } from "../domain/policy-input.ts";
import type {
  AccessRequestStore,
  ActivePolicy,
  ApprovalService,
  Clock,
  Holds,
  Ids,
  Logger,
  Revocations,
  SessionLedger,
  StatementKey,
} from "../domain/ports.ts";
import type { HoldConditions } from "../domain/approval.ts";
import type { BoundFacts } from "../domain/binding.ts";
import type { Route } from "../domain/route.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { Callbacks } from "./callbacks.ts";

/** What a record needs of a question; several questions may have come in one request. */
export interface Recorded {
  readonly req: Pick<Exchange["req"], "method" | "url" | "rawHeaders">;
  readonly startedAt: number;
  readonly context: Exchange["context"];
}

/** The steps of the one request path, as the other rooms provide them; nothing here judges by itself. */
export interface AuthzenSteps {
  /** Must be called in the tick of the server's `request` event. @throws Refusal */
  readonly read: (exchange: Exchange) => Promise<OwnRequest>;
  /** @throws Refusal; a 401 carries its challenge */
  readonly identify: (exchange: Exchange) => Subject | Promise<Subject>;
  /** @throws Refusal access_revoked, gateway_stopped */
  readonly gather: (asked: {
    readonly call: ToolCall;
    readonly subject: Subject;
    readonly policy: ActivePolicy;
    readonly catalogued: readonly string[];
    readonly now: number;
    readonly approval: (bound: BoundFacts, conditions: HoldConditions) => Pick<Facts, "approval" | "drift">;
  }) => Facts;
  readonly decide: (policy: ActivePolicy, input: PolicyInput) => Decision;
  /** No record, no answer. @throws Refusal record_unavailable */
  readonly recorded: (record: Recorded, decision: Decision, act: () => Promise<Outcome>) => Promise<Outcome>;
  /** What a permission depends on, the use of an approval included. @throws Refusal */
  readonly carryOut: (evaluated: EvaluatedCall) => readonly string[];
  readonly decisionOf: (refusal: Refusal) => Decision;
  readonly refuse: (exchange: Exchange, refusal: Refusal) => Outcome;
}

/** What every part of this room works with. */
export interface AuthzenRoom {
  readonly step: AuthzenSteps;
  readonly route: Route;
  readonly evaluations: number;
  readonly requestWithinMs: number;
  readonly ignoredContext: readonly string[];
  /** The decision point's identifier, scheme://host[:port]; where it is reached. */
  readonly origin: () => string;
  readonly activePolicy: () => ActivePolicy | null;
  readonly holds: Holds;
  readonly approvals: Pick<ApprovalService, "watch">;
  readonly requests: AccessRequestStore;
  readonly revocations: Pick<Revocations, "against">;
  readonly sessions: Pick<SessionLedger, "observe">;
  readonly key: StatementKey;
  readonly callbacks: Callbacks;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** An enforcement point that was identified, and the request it sent. */
export interface Caller {
  readonly exchange: Exchange;
  readonly request: OwnRequest;
  readonly pep: Subject;
}
