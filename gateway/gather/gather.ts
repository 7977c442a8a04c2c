import type { HoldConditions } from "../domain/approval.ts";
import { actionBinding, type BoundFacts } from "../domain/binding.ts";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import { type DefinitionFact, type Facts, type IntentFact, noRisk } from "../domain/facts.ts";
import type {
  ActivePolicy,
  Clock,
  DefinitionLedger,
  Holds,
  KnownResults,
  Revocations,
  SessionLedger,
} from "../domain/ports.ts";
import { assertNotRevoked, revocableOf } from "../domain/revocation.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { oncePer } from "../lib/caches.ts";
import { internJson } from "../lib/json-text.ts";
import { approvalFact } from "./approval.ts";
import { definitionDigest } from "./known-definitions.ts";
import { timeFacts } from "./time.ts";
import { TransportSessions } from "./transport-sessions.ts";
import { urlFacts } from "./urls.ts";

/** Where the facts of every kind of call come from. */
export interface FactSources {
  readonly sessions: SessionLedger;
  readonly definitions: DefinitionLedger;
  readonly revocations: Pick<Revocations, "against" | "refresh">;
  /** Name of this gateway, and where it runs. */
  readonly instance: string;
  readonly environment: string;
}

export interface CallFactsDeps extends FactSources {
  readonly activePolicy: () => ActivePolicy | null;
  readonly holds: Holds;
  readonly kept: KnownResults;
  readonly clock: Clock;
}

/**
 * What the gateway knows about a call that it would forward. The active policy is taken here, once: the call keeps it to its end.
 * @throws Refusal policy_not_loaded, access_revoked, gateway_stopped, approval_consumed, idempotency_*, session_foreign
 */
export function callFacts(
  deps: CallFactsDeps,
): (exchange: Exchange, call: ToolCall, subject: Subject) => Promise<Facts> {
  const { activePolicy, holds, kept, clock } = deps;
  const transports = new TransportSessions(clock);
  const facts = factsFrom(deps);
  return async function gather(exchange, call, subject) {
    transports.claim(subject, call);
    const policy = activePolicy();
    if (policy === null) throw new Refusal("policy_not_loaded");
    const now = clock.now();
    return facts(call, subject, {
      policy,
      now,
      catalog: policy.catalog(call.route.server, call.name),
      definition: () => definitionOf(deps.definitions, call),
      intent: intentOf(subject, call),
      approval: (bound, conditions) =>
        approvalFact(
          holds,
          {
            subject,
            binding: () => actionBinding(call, subject, bound),
            conditions,
            resumed: exchange.resumed,
            idempotencyKey: call.idempotencyKey,
            // A task that another try overtook waits for that one's ending.
            isKept: (id: string) => exchange.task === undefined && kept.has(id),
          },
          now,
        ),
    });
  };
}

/** A question of another enforcement point, which would carry the call out, and the policy that its whole batch is judged by. */
export interface DelegatedCall {
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly policy: ActivePolicy;
  /** Names in the catalog below the call's server, the first that is there counts. */
  readonly catalogued: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly approval: (bound: BoundFacts, conditions: HoldConditions) => Promise<Pick<Facts, "approval" | "drift">>;
}

/** The same facts, from the same sources, about a delegated call. @throws Refusal access_revoked, gateway_stopped */
export function delegatedFacts(deps: FactSources): (question: DelegatedCall) => Promise<Facts> {
  const facts = factsFrom(deps);
  return function gather({ call, subject, policy, catalogued, now, approval }) {
    const { server } = call.route;
    const found = catalogued.map((name) => policy.catalog(server, name)).find(({ known }) => known);
    return facts(call, subject, {
      policy,
      now,
      catalog: found ?? policy.catalog(server, call.name),
      definition: () => deps.definitions.fact(server, call.name),
      intent: intentOf({ purpose: null }, call),
      approval: async (bound, conditions) => ({ ...(await approval(bound, conditions)), repeats: null }),
    });
  };
}

interface Given extends Pick<Facts, "policy" | "catalog" | "intent"> {
  readonly definition: () => Promise<DefinitionFact> | DefinitionFact;
  readonly now: number;
  readonly approval: (
    bound: BoundFacts,
    conditions: HoldConditions,
  ) => Promise<Pick<Facts, "approval" | "drift" | "repeats">>;
}

function factsFrom({ sessions, revocations, instance, environment }: FactSources) {
  const timeFact = timeFacts();
  const gateway = internJson({ instance, environment });
  return async function facts(call: ToolCall, subject: Subject, given: Given): Promise<Facts> {
    const { policy, now, catalog, intent, approval } = given;
    // What memory does not know of them is read at the same time.
    const [session, definition] = await Promise.all([
      sessions.fact(subject, call, now),
      given.definition(),
      revocations.refresh(),
    ]);
    assertNotRevoked(revocations, revocableOf(subject, session.id));
    const answered = await approval(
      { instance, session, task: null, catalog, definition },
      { labels: session.labels, risk: noRisk.score, revision: policy.revision },
    );
    return {
      policy,
      time: timeFact(now),
      session,
      task: null,
      catalog,
      definition,
      intent,
      approval: answered.approval,
      drift: answered.drift,
      repeats: answered.repeats,
      urls: urlFacts(call.arguments),
      risk: noRisk,
      gateway,
    };
  };
}

/** An OpenAPI operation is the operator's own document: known, pinned, never changed behind our back. */
function definitionOf(definitions: DefinitionLedger, call: ToolCall): Promise<DefinitionFact> | DefinitionFact {
  if (call.route.protocol === "mcp") return definitions.fact(call.route.server, call.name);
  return call.definition === null ? unknownOperation : operationFact(call.definition);
}

const declared = internJson({ readOnlyHint: null, destructiveHint: null });
const unknownOperation: DefinitionFact = { digest: null, pinned: false, changed: false, declared };

const operationFact = oncePer((operation: NonNullable<ToolCall["definition"]>): DefinitionFact => {
  const digest = definitionDigest({ name: "operation", inputSchema: operation });
  return { digest, pinned: true, changed: false, declared };
});

function intentOf(subject: Pick<Subject, "purpose">, call: ToolCall): IntentFact {
  if (subject.purpose !== null) return { purpose: subject.purpose, declared_by: "token" };
  if (call.declaredIntent !== null) return { purpose: call.declaredIntent, declared_by: "header" };
  return noIntent;
}

const noIntent: IntentFact = internJson({ purpose: null, declared_by: "none" });
