import type { Decision } from "../domain/decision.ts";
import type { DelegatedCall } from "../domain/delegated-call.ts";
import type { Refusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { Facts } from "../domain/facts.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { OwnRequest, Route } from "../domain/route.ts";
import type { PolicyInput } from "../domain/policy-input.ts";
import type {
  AccessRequestStore,
  ActivePolicy,
  ApprovalService,
  Clock,
  Holds,
  Ids,
  Revocations,
  SessionLedger,
  StatementKey,
} from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import type { RefusalDeps } from "../pipeline/fail-closed.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Ask } from "./question-steps.ts";

/** What the steps of a question are made of; see question-steps.ts. */
export interface QuestionDeps {
  readonly route: Route;
  readonly ignoredContext: readonly string[];
  /** The server in the catalog whose tools agents' clients execute themselves. */
  readonly ownServer: string;
  /** The decision point's identifier, scheme://host[:port]; where it is reached. */
  readonly origin: () => string;
  readonly holds: Holds;
  readonly key: StatementKey;
  readonly clock: Clock;
  /** @throws Refusal access_revoked, gateway_stopped */
  readonly facts: (question: DelegatedCall) => Promise<Facts>;
  readonly decide: (policy: ActivePolicy, input: PolicyInput, decisionId: string) => Decision;
  readonly record: RefusalDeps["record"];
}

export interface AuthzenDeps extends QuestionDeps, RefusalDeps {
  readonly evaluations: number;
  readonly requestWithinMs: number;
  readonly activePolicy: () => ActivePolicy | null;
  /** Must be called in the tick of the server's `request` event. @throws Refusal */
  readonly read: (exchange: Exchange) => Promise<OwnRequest>;
  /** @throws Refusal; a 401 carries its challenge */
  readonly identify: (exchange: Exchange) => Subject | Promise<Subject>;
  /** What a permission depends on, the use of an approval included. @throws Refusal */
  readonly fulfil: (evaluated: EvaluatedCall) => Promise<readonly string[]>;
  readonly refuse: (exchange: Exchange, refusal: Refusal) => Outcome;
  readonly approvals: Pick<ApprovalService, "watch">;
  readonly requests: AccessRequestStore;
  readonly revocations: Pick<Revocations, "against" | "refresh">;
  readonly sessions: Pick<SessionLedger, "observe">;
  readonly callbacks: Callbacks;
  readonly ids: Ids;
  readonly ask: Ask;
  /** Where agents' clients ask about their own agents; null when they may not. */
  readonly own: OwnQuestions | null;
}

/** Questions of an agent's client about what it executes itself. */
export interface OwnQuestions {
  /** The agent whose token came with the request. @throws Refusal; a 401 carries its challenge */
  readonly identify: AuthzenDeps["identify"];
}

/** An enforcement point that was identified, and the request it sent. */
export interface EnforcementPoint {
  readonly exchange: Exchange;
  readonly request: OwnRequest;
  readonly pep: Subject;
  /** It asks about itself alone. */
  readonly isOwn: boolean;
}
