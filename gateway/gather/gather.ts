import type { ConditionsNow } from "../domain/approval.ts";
import type { DelegatedCall } from "../domain/delegated-call.ts";
import { ArgumentDetections, type FindKinds } from "../domain/detections.ts";
import { Refusal } from "../domain/errors.ts";
import type { Facts, IntentFact } from "../domain/facts.ts";
import type {
  Holds,
  ActivePolicy,
  Clock,
  DefinitionLedger,
  KnownResults,
  LeaseLedger,
  Revocations,
  RiskLedger,
  SessionLedger,
} from "../domain/ports.ts";
import { noProvenance } from "../domain/provenance.ts";
import { noRisk } from "../domain/risk.ts";
import { callerKey, type Subject } from "../domain/subject.ts";
import { actionBinding, type BoundFacts } from "../domain/binding.ts";
import type { Exchange } from "../domain/exchange.ts";
import { assertNotRevoked, RevocableCall } from "../domain/revocation.ts";
import { assertMayAddTaskText, type SaidTaskText, type TaskTextRules } from "../domain/task-text.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { oncePer } from "../lib/caches.ts";
import { after, all, type Awaitable } from "../lib/awaitable.ts";
import type { CutText } from "../lib/cut-text.ts";
import { internJson } from "../lib/json.ts";
import { approvalFact, KeyConflict } from "./approval-fact.ts";
import { type DefinedCall, definedByFact, definedByName, definitionOf, listedFact } from "./call-definition.ts";
import type { SealedSessions } from "./sealed-sessions.ts";
import { readForTrace, traceValues, type TraceDeps } from "./trace.ts";
import { timeFacts } from "./time-fact.ts";
import { urlFacts } from "./urls.ts";

/** Where the facts of every kind of call come from. */
export interface FactSources extends TraceDeps {
  readonly sessions: SessionLedger;
  readonly leases: Pick<LeaseLedger, "of" | "fact">;
  readonly definitions: DefinitionLedger;
  readonly find: FindKinds;
  readonly revocations: Pick<Revocations, "against" | "refresh">;
  readonly risk: Pick<RiskLedger, "fact" | "refresh">;
  /** Name of this gateway, and where it runs. */
  readonly instance: string;
  readonly environment: string;
}

export interface CallFactsDeps extends FactSources {
  readonly activePolicy: () => ActivePolicy | null;
  /** Which clients may add to the text of their task. */
  readonly taskTextRules: TaskTextRules;
  /** Whether the caller has an approval or a grant that may answer its call; `now` in milliseconds since the epoch. */
  readonly anyLive: (subject: Subject, now: number) => Awaitable<boolean>;
  readonly holds: Holds;
  readonly kept: KnownResults;
  readonly transportSessions: Pick<SealedSessions, "claim">;
  readonly clock: Clock;
}

/**
 * What the gateway knows about a call that it would forward. The active policy is taken here, once: the call keeps it to its end, also
 * when it is changed on the way (`before`: what was known of it until then).
 * @throws Refusal policy_not_loaded, access_revoked, gateway_stopped, approval_consumed, session_foreign, task_text_off,
 * task_text_client, task_required, task_refused, task_foreign, task_closed, task_expired, tool_arguments_invalid, mcp_state_refused,
 * mcp_session_unknown, store_unavailable
 */
export function callFacts(
  deps: CallFactsDeps,
): (exchange: Exchange, call: ToolCall, subject: Subject, before: Facts | null) => Awaitable<CallFacts> {
  const { activePolicy, transportSessions, taskTextRules } = deps;
  const facts = factsFrom(deps);
  return function gather(exchange, call, subject, before) {
    if (call.unfit?.ofOwnTool === true) throw call.unfit.refusal;
    assertTask(subject, call);
    assertOwnState(subject, call);
    return after(transportSessions.claim(subject, call), () => {
      const addedText = addedTaskText(subject, exchange, taskTextRules);
      const policy = before === null ? activePolicy() : before.policy;
      if (policy === null) throw new Refusal("policy_not_loaded");
      const conflict = new KeyConflict();
      const lookUpDefinition = () => definitionOf(deps.definitions, call);
      const withCatalog = call.resourceType === "resource" ? definedByFact : definedByName;
      const gathering = after(withCatalog(policy, call, lookUpDefinition), (definition) =>
        facts(call, subject, {
          ...approvalLookup(deps, { exchange, call, subject, conflict }),
          policy,
          addedText,
          ...definition,
        }),
      );
      return after(gathering, (gathered) => ({ facts: gathered, refusalUnlessChanged: conflict.refusal }));
    });
  };
}

interface LookedUpCall {
  readonly exchange: Exchange;
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly conflict: KeyConflict;
}

/** How the approval of a call that would be forwarded is looked for. */
function approvalLookup(
  { anyLive, holds, kept, clock }: CallFactsDeps,
  { exchange, call, subject, conflict }: LookedUpCall,
): Pick<FactInputs, "now" | "intent" | "anyLive" | "approval"> {
  const now = clock.now();
  return {
    now,
    intent: intentOf(subject, call),
    // People are not asked about what a tool server asks.
    anyLive: () => exchange.resumed === null && call.serverRequest === undefined && anyLive(subject, now),
    approval: (bound, conditions, live) => {
      const answered = approvalFact(
        holds,
        {
          subject,
          anyLive: live,
          binding: () => actionBinding(call, subject, bound),
          conditions,
          resumed: exchange.resumed,
          idempotencyKey: call.idempotencyKey,
          // A task that another try overtook waits for that one's ending.
          hasResult: (id: string) => exchange.task === undefined && kept.has(id),
        },
        now,
      );
      return answered instanceof Promise ? answered.catch(conflict.defer) : answered;
    },
  };
}

/** @throws Refusal task_required, task_refused */
function assertTask({ task }: Subject, { route: { task: rule = "optional" } }: ToolCall): void {
  if (rule === "required" && task === null) throw new Refusal("task_required");
  if (rule === "off" && task !== null) throw new Refusal("task_refused");
}

/** @throws Refusal mcp_state_refused when its `requestState` was given to another caller */
function assertOwnState(subject: Subject, { stateOf }: ToolCall): void {
  if (stateOf !== undefined && stateOf !== callerKey(subject)) throw new Refusal("mcp_state_refused");
}

/** What the call adds to the text of its task; null for nothing. @throws Refusal task_text_off, task_text_client */
function addedTaskText(subject: Subject, { taskText }: Exchange, rules: TaskTextRules): SaidTaskText | null {
  if (taskText === undefined) return null;
  assertMayAddTaskText(rules, subject);
  return taskText;
}

interface CallFacts {
  readonly facts: Facts;
  /** See `KeyConflict`. */
  readonly refusalUnlessChanged: Refusal | null;
}

/** The same facts, from the same sources, about a delegated call. @throws Refusal access_revoked, gateway_stopped */
export function delegatedFacts(deps: FactSources): (question: DelegatedCall) => Promise<Facts> {
  const facts = factsFrom(deps);
  return async function gather({ call, subject, policy, catalogued, now, approval }) {
    const { server } = call.route;
    const found = catalogued.map((name) => policy.catalog(server, name)).find(({ known }) => known);
    const lookUpDefinition = () => listedFact(deps.definitions, call);
    const known =
      call.resourceType === "resource"
        ? await definedByFact(policy, call, lookUpDefinition)
        : definedByName(policy, call, lookUpDefinition);
    return facts(call, subject, {
      policy,
      now,
      addedText: null,
      ...known,
      catalog: call.resourceType === "tool" ? (found ?? known.catalog) : known.catalog,
      intent: intentOf({ purpose: null }, call),
      // The question looks for its approval by itself, by what it presents.
      anyLive: () => null,
      approval: async (bound, conditions) => ({ ...(await approval(bound, conditions)), repeats: null }),
    });
  };
}

/** What the doors find out in ways of their own, for the facts of one call. */
interface FactInputs extends DefinedCall, Pick<Facts, "policy" | "intent"> {
  readonly now: number;
  /** What the call adds to the text of its task. */
  readonly addedText: SaidTaskText | null;
  /** Null when the approval is looked for in another way. */
  readonly anyLive: () => Awaitable<boolean> | null;
  readonly approval: (
    bound: BoundFacts,
    conditions: ConditionsNow,
    anyLive: boolean | null,
  ) => Awaitable<Pick<Facts, "approval" | "drift" | "repeats">>;
}

function factsFrom({ sessions, leases, provenance, taskTexts, find, revocations, ...others }: FactSources) {
  const { instance, environment, risk: riskLedger } = others;
  const timeFact = timeFacts();
  const withApproval = withApprovalFrom({ instance, environment, find });
  return function facts(call: ToolCall, subject: Subject, inputs: FactInputs): Awaitable<Facts> {
    const { policy, now, catalog, intent } = inputs;
    const { readsProvenance } = policy;
    // What memory does not know of them is read at the same time.
    const reading = all([
      () => sessions.fact(subject, call, now, policy.readsHistory),
      () => (readsProvenance ? readForTrace({ provenance, taskTexts, sessions }, call, subject, now) : []),
      inputs.definition,
      inputs.anyLive,
      () => (subject.task === null ? null : leases.of(subject, subject.task, now)),
      () => revocations.refresh(),
      () => (policy.risk === null ? null : riskLedger.refresh()),
    ]);
    return after(reading, ([session, addedBefore, definition, anyLive, chain]) => {
      const task = chain === null ? null : leases.fact(chain, call, catalog, now);
      assertNotRevoked(revocations, new RevocableCall(subject, call, session, task));
      const about = { call, subject, session, catalog, site: policy.site, now };
      const texts = { added: inputs.addedText, lease: chain?.[0].lease ?? null, addedBefore };
      return after(readsProvenance ? traceValues({ provenance }, texts, about) : noProvenance, (traced) => {
        const known = { call, subject, session, catalog, intent, task, provenance: traced, time: timeFact(now), now };
        const risk = policy.risk === null ? noRisk : riskLedger.fact({ ...known, settings: policy.risk });
        return withApproval(inputs, { ...known, definition, anyLive, risk });
      });
    });
  };
}

/** The facts that are known before the approval is looked for. */
interface FactsSoFar extends Pick<Facts, "session" | "task" | "provenance" | "time" | "definition" | "risk"> {
  readonly call: ToolCall;
  readonly anyLive: boolean | null;
}

/** The last step, since it needs the facts of all others: looks for the approval. */
function withApprovalFrom({ instance, environment, find }: Pick<FactSources, "instance" | "environment" | "find">) {
  const gateway = internJson({ instance, environment });
  return function withApproval({ policy, catalog, intent, approval }: FactInputs, known: FactsSoFar): Awaitable<Facts> {
    const { call, session, task, definition, risk } = known;
    const bound = { environment, session, task, catalog, definition };
    const answered = approval(bound, new Conditions(session.labels, risk, policy.revision), known.anyLive);
    return after(answered, ({ approval: fact, drift, repeats }) => ({
      policy,
      session,
      task,
      catalog,
      definition,
      intent,
      gateway,
      time: known.time,
      approval: fact,
      drift,
      repeats,
      urls: urlFacts(call),
      provenance: known.provenance,
      detected: new ArgumentDetections(call, find),
      risk,
    }));
  };
}

/** The risk is looked up only where there is an approval to compare it with. */
class Conditions implements ConditionsNow {
  readonly labels: readonly string[];
  readonly revision: string;
  readonly #risk: Facts["risk"];

  constructor(labels: readonly string[], risk: Facts["risk"], revision: string) {
    this.labels = labels;
    this.revision = revision;
    this.#risk = risk;
  }

  get risk(): number | null {
    return this.#risk.score;
  }

  get thresholds(): readonly number[] {
    return this.#risk.thresholds;
  }
}

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
