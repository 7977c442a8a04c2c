import { actionBinding } from "../domain/binding.ts";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import { type DefinitionFact, type Facts, type IntentFact, noRisk } from "../domain/facts.ts";
import { internJson } from "../lib/json-text.ts";
import { oncePer } from "../lib/caches.ts";
import type {
  ActivePolicy,
  Clock,
  DefinitionLedger,
  Holds,
  KnownResults,
  Revocations,
  SessionLedger,
} from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { approvalFact } from "./approval.ts";
import { definitionDigest } from "./known-definitions.ts";
import { assertNotRevoked, revocableOf } from "./revocations.ts";
import { timeFacts } from "./time.ts";
import { TransportSessions } from "./transport-sessions.ts";
import { urlFacts } from "./urls.ts";

export interface GatherOptions {
  readonly activePolicy: () => ActivePolicy | null;
  readonly sessions: SessionLedger;
  readonly definitions: DefinitionLedger;
  readonly holds: Holds;
  readonly revocations: Pick<Revocations, "against">;
  readonly kept: KnownResults;
  readonly clock: Clock;
  readonly instance: string;
  readonly environment: string;
}

/** Gathers what the gateway knows about a call. The active bundle is taken here, once: the request keeps it to its end. */
export function createGather(options: GatherOptions): (exchange: Exchange, call: ToolCall, subject: Subject) => Facts {
  const { activePolicy, sessions, holds, revocations, kept, clock, instance, environment } = options;
  const transports = new TransportSessions(clock);
  const timeFact = timeFacts();
  const gateway = internJson({ instance, environment });
  return function gather(exchange, call, subject) {
    transports.claim(subject, call);
    const policy = activePolicy();
    if (policy === null) throw new Refusal("policy_not_loaded");
    const now = clock.now();
    const session = sessions.fact(subject, call, now);
    assertNotRevoked(revocations, revocableOf(subject, session.id));
    const catalog = policy.catalog(call.route.server, call.name);
    const definition = definitionOf(options.definitions, call);
    const bound = { instance, session, task: null, catalog, definition };
    const asked = {
      subject,
      binding: () => actionBinding(call, subject, bound),
      conditions: { labels: session.labels, risk: noRisk.score, revision: policy.revision },
      resumed: exchange.resumed,
      idempotencyKey: call.idempotencyKey,
      // A task that another try overtook waits for that one's ending.
      isKept: (id: string) => exchange.task === undefined && kept.has(id),
    };
    return {
      policy,
      time: timeFact(now),
      session,
      task: null,
      catalog,
      definition,
      intent: intentOf(subject, call),
      ...approvalFact(holds, asked, now),
      urls: urlFacts(call.arguments),
      risk: noRisk,
      gateway,
    };
  };
}

/** An OpenAPI operation is the operator's own document: known, pinned, never changed behind our back. */
function definitionOf(definitions: DefinitionLedger, call: ToolCall): DefinitionFact {
  if (call.route.protocol === "mcp") return definitions.fact(call.route.server, call.name);
  return call.definition === null ? unknownOperation : operationFact(call.definition);
}

const declared = internJson({ readOnlyHint: null, destructiveHint: null });
const unknownOperation: DefinitionFact = { digest: null, pinned: false, changed: false, declared };

const operationFact = oncePer((operation: NonNullable<ToolCall["definition"]>): DefinitionFact => {
  const digest = definitionDigest({ name: "operation", inputSchema: operation });
  return { digest, pinned: true, changed: false, declared };
});

function intentOf(subject: Subject, call: ToolCall): IntentFact {
  if (subject.purpose !== null) return { purpose: subject.purpose, declared_by: "token" };
  if (call.statedIntent !== null) return { purpose: call.statedIntent, declared_by: "header" };
  return noIntent;
}

const noIntent: IntentFact = internJson({ purpose: null, declared_by: "none" });
