import {
  type ActionBinding,
  type Approval,
  approvalFactOf,
  assertUnused,
  changesSince,
  grantFactOf,
  type HoldConditions,
  noApproval,
  usedStates,
} from "../domain/approval.ts";
import { Refusal } from "../domain/errors.ts";
import {
  type Facts,
  type TimeFact,
  type DefinitionFact,
  type IntentFact,
  noProvenance,
  noRisk,
} from "../domain/facts.ts";
import type {
  Holds,
  KeyedCall,
  ActivePolicy,
  Clock,
  DefinitionLedger,
  KnownResults,
  ProvenanceLedger,
  Revocations,
  SessionLedger,
} from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import { actionBinding, type BoundFacts } from "../domain/binding.ts";
import type { Exchange } from "../domain/exchange.ts";
import { assertNotRevoked, revocableOf } from "../domain/revocation.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { oncePer } from "../lib/caches.ts";
import type { CutText } from "../lib/cut-text.ts";
import { internJson } from "../lib/json.ts";
import { definitionDigest } from "./known-definitions.ts";
import { TransportSessions } from "./transport-sessions.ts";
import { urlFacts } from "./urls.ts";

/** Where the facts of every kind of call come from. */
export interface FactSources {
  readonly sessions: SessionLedger;
  readonly provenance: Pick<ProvenanceLedger, "trace">;
  readonly definitions: DefinitionLedger;
  readonly revocations: Pick<Revocations, "against" | "refresh">;
  /** Name of this gateway, and where it runs. */
  readonly instance: string;
  readonly environment: string;
}

export interface CallFactsDeps extends FactSources {
  readonly activePolicy: () => ActivePolicy | null;
  /** Whether the caller has an approval or a grant that may answer its call; `now` in milliseconds since the epoch. */
  readonly anyLive: (subject: Subject, now: number) => Promise<boolean>;
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
  const { activePolicy, anyLive, holds, kept, clock } = deps;
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
      anyLive: () => exchange.resumed === null && anyLive(subject, now),
      approval: (bound, conditions, live) =>
        approvalFact(
          holds,
          {
            subject,
            anyLive: live,
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
      // The question looks for its approval by itself, by what it presents.
      anyLive: () => null,
      approval: async (bound, conditions) => ({ ...(await approval(bound, conditions)), repeats: null }),
    });
  };
}

interface Given extends Pick<Facts, "policy" | "catalog" | "intent"> {
  readonly definition: () => Promise<DefinitionFact> | DefinitionFact;
  readonly now: number;
  /** Null when the approval is looked for in another way. */
  readonly anyLive: () => Promise<boolean> | boolean | null;
  readonly approval: (
    bound: BoundFacts,
    conditions: HoldConditions,
    anyLive: boolean | null,
  ) => Promise<Pick<Facts, "approval" | "drift" | "repeats">>;
}

function factsFrom({ sessions, provenance, revocations, instance, environment }: FactSources) {
  const timeFact = timeFacts();
  const gateway = internJson({ instance, environment });
  return async function facts(call: ToolCall, subject: Subject, given: Given): Promise<Facts> {
    const { policy, now, catalog, intent, approval } = given;
    // What memory does not know of them is read at the same time.
    const [session, definition, anyLive] = await Promise.all([
      sessions.fact(subject, call, now),
      given.definition(),
      given.anyLive(),
      revocations.refresh(),
    ]);
    assertAccess(revocations, call, subject, session);
    const traced = policy.readsProvenance
      ? await provenance.trace({ call, subject, session, catalog, site: policy.site, now })
      : noProvenance;
    const answered = await approval(
      { instance, session, task: null, catalog, definition },
      { labels: session.labels, risk: noRisk.score, revision: policy.revision },
      anyLive,
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
      provenance: traced,
      risk: noRisk,
      gateway,
    };
  };
}

/** Beside the session, the name that an approval of the call would bind may be revoked. @throws Refusal access_revoked, gateway_stopped */
function assertAccess(
  revocations: FactSources["revocations"],
  { declaredSession }: ToolCall,
  subject: Subject,
  { id, trust }: Facts["session"],
): void {
  assertNotRevoked(revocations, revocableOf(subject, id));
  if (trust === "transport" && declaredSession !== null)
    assertNotRevoked(revocations, revocableOf(subject, declaredSession));
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
  if (subject.purpose !== null) return intentOfToken(subject.purpose);
  if (call.declaredIntent === null) return noIntent;
  const { text, truncated } = call.declaredIntent;
  return { purpose: text, declared_by: "header", truncated };
}

/** A purpose is read once per token. */
const intentOfToken = oncePer(({ text, truncated }: CutText): IntentFact =>
  internJson({ purpose: text, declared_by: "token", truncated }),
);

const noIntent: IntentFact = internJson({ purpose: null, declared_by: "none", truncated: false });

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/**
 * Milliseconds since the epoch as a fact for policy, in UTC so that a record means the same everywhere. The last fact is
 * kept until the millisecond changes: on a busy gateway many calls share one.
 */
function timeFacts(): (now: number) => TimeFact {
  let latest = { now: Number.NaN, fact: timeFactOf(0) };
  return function timeFact(now) {
    if (now !== latest.now) latest = { now, fact: timeFactOf(now) };
    return latest.fact;
  };
}

function timeFactOf(now: number): TimeFact {
  const date = new Date(now);
  const weekday = weekdays[date.getUTCDay()] ?? "Sunday";
  return { ns: `${Math.trunc(now)}000000`, weekday, hour: date.getUTCHours(), zone: "UTC" };
}

interface ApprovalQuestion {
  readonly subject: Subject;
  /** False when this caller has neither an approval nor a grant; null or absent when nobody has looked. */
  readonly anyLive?: boolean | null;
  readonly binding: () => ActionBinding;
  readonly conditions: HoldConditions;
  /** The item that this caller waited for, or null. */
  readonly resumed: string | null;
  readonly idempotencyKey: string | null;
  /** Whether what came of a used approval is kept for a caller that repeats the call. */
  readonly isKept: (approvalId: string) => boolean;
}

const nobodyAsked: Answered = { approval: noApproval, drift: null, repeats: null };

type Answered = Pick<Facts, "approval" | "drift" | "repeats">;

/**
 * What people have said about exactly this call. When something has changed since they were asked, the fact is `none` and
 * the change goes to the next card; when the named item is about another call altogether, it is a mismatch.
 * @throws Refusal approval_consumed when another caller of the same call waited too and was first: were it judged as a
 * new call, people would be asked once more for what has just been done; idempotency_reused, idempotency_busy
 */
export async function approvalFact(holds: Holds, asked: ApprovalQuestion, now: number): Promise<Answered> {
  if (asked.resumed !== null) return ofNamed(holds, asked, asked.resumed, now);
  if (asked.idempotencyKey !== null) {
    const repeats = await usedUnder(holds, asked, { binding: asked.binding(), key: asked.idempotencyKey });
    if (repeats !== null) return { ...nobodyAsked, repeats };
  }
  if (asked.anyLive === false) return nobodyAsked;
  const found = await holds.forCall(asked.subject, asked.binding);
  if (found === null) return nobodyAsked;
  if (found.kind === "grant") return { ...nobodyAsked, approval: grantFactOf(found.grant, now) };
  return ofItem(found.approval, asked, now);
}

async function ofNamed(holds: Holds, asked: ApprovalQuestion, id: string, now: number): Promise<Answered> {
  const named = await holds.get(id);
  if (named === null || !holds.sameRequest(named, asked.binding()))
    return { ...nobodyAsked, approval: { ...noApproval, status: "mismatch", id } };
  if (usedStates.has(named.state)) {
    if (asked.isKept(id) && holds.sameCall(named, asked.binding())) return { ...nobodyAsked, repeats: id };
    throw new Refusal("approval_consumed");
  }
  return ofItem(named, asked, now);
}

function ofItem(approval: Approval, { binding, conditions }: ApprovalQuestion, now: number): Answered {
  const open = approval.state === "held" || approval.state === "approved";
  const changes = open ? changesSince(approval, binding(), conditions) : [];
  if (changes.length > 0) return { ...nobodyAsked, drift: { id: approval.id, changes } };
  return { ...nobodyAsked, approval: approvalFactOf(approval, now) };
}

/**
 * A key is known by the item that was held under it, or by the use of a grant that it took. Returns the item that this very
 * call used up, when what came of it is kept.
 */
async function usedUnder(holds: Holds, { isKept }: ApprovalQuestion, keyed: KeyedCall): Promise<string | null> {
  const earlier = await holds.forKey(keyed.binding, keyed.key);
  if (earlier !== null) {
    if (usedStates.has(earlier.state) && isKept(earlier.id) && holds.sameCall(earlier, keyed.binding))
      return earlier.id;
    const same = holds.sameRequest(earlier, keyed.binding);
    if (!same || usedStates.has(earlier.state))
      assertUnused({ same, busy: earlier.state === "released" }, { Location: `/approvals/${earlier.id}` });
  }
  assertUnused(await holds.keyUse(keyed));
  return null;
}
