import type { Decision } from "../../domain/decision.ts";
import type { Outcome } from "../../domain/decision-record.ts";
import type { Refusal } from "../../domain/errors.ts";
import type { Exchange, RequestContext } from "../../domain/exchange.ts";
import type { LeaseOpener } from "../../domain/lease.ts";
import type { Clock, Ids, LeaseLedger, LeaseService, Revocations } from "../../domain/ports.ts";
import type { OwnRequest, Route } from "../../domain/route.ts";
import type { Subject } from "../../domain/subject.ts";
import type { TaskTokenSource } from "../../identify/task-token/claims.ts";
import type { TaskCaller, TaskCallers } from "../../identify/task-token/task-callers.ts";
import type { TaskTokens } from "../../identify/task-token/task-tokens.ts";

export interface TaskEndpointDeps {
  /** Who may open a task that is a part of none. */
  readonly openers: {
    readonly clients: ReadonlySet<string>;
    /** `iss` of the tokens that these clients have. */
    readonly issuers: ReadonlySet<string>;
    readonly scope: string;
  };
  /** Longest lifetime of a token. */
  readonly tokenMs: number;
  readonly service: LeaseService;
  readonly ledger: Pick<LeaseLedger, "of">;
  /** Must be called in the tick of the server's `request` event. @throws Refusal */
  readonly read: (exchange: Exchange) => Promise<OwnRequest>;
  /** @throws Refusal; a 401 carries its challenge */
  readonly callerOf: TaskCallers;
  readonly sourceOf: (subject: Subject) => TaskTokenSource;
  readonly tokens: Pick<TaskTokens, "mint">;
  /** The public keys that tokens are signed with (RFC 7517). */
  readonly keys: () => Promise<object>;
  readonly routes: readonly Route[];
  readonly revocations: Pick<Revocations, "against" | "refresh">;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly record: (context: RequestContext, decision: Decision, act: () => Promise<Outcome>) => Promise<Outcome>;
  readonly refuse: (exchange: Exchange, refusal: Refusal) => Outcome;
  /** Records the refusal and answers with it. Never rejects. */
  readonly refuseRecorded: (exchange: Exchange, refusal: Refusal) => Promise<void>;
}

/** A caller that was identified, and what it asks. */
export interface TaskRequest {
  readonly exchange: Exchange;
  readonly request: OwnRequest;
  readonly caller: TaskCaller;
  /** Id in the path; null where there is none. */
  readonly id: string | null;
}

/** A caller of the agents' listener, as the opener of a task or of its end. */
export function openerOf({ issuer, id, clientId }: Subject, kind: "client" | "agent"): LeaseOpener {
  return { kind, issuer, id, client: clientId };
}
