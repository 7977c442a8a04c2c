import type { HoldConditions } from "../domain/approval.ts";
import type { BoundFacts } from "../domain/binding.ts";
import type { Facts } from "../domain/facts.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import type { GatherOptions } from "./gather.ts";
import { assertNotRevoked, revocableOf } from "./revocations.ts";
import { timeFacts } from "./time.ts";
import { urlFacts } from "./urls.ts";

/** A call that somebody else would carry out, and the bundle that its whole batch is judged by. */
export interface ForeignCall {
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly policy: ActivePolicy;
  /** Names in the catalog below the call's server, the first that is there counts. */
  readonly catalogued: readonly string[];
  readonly now: number;
  readonly approval: (bound: BoundFacts, conditions: HoldConditions) => Pick<Facts, "approval" | "drift">;
}

export type ForeignGather = (asked: ForeignCall) => Facts;

/**
 * What the gateway itself knows about a question of another enforcement point: the same facts as of a call, from the same
 * sources. @throws Refusal access_revoked, gateway_stopped
 */
export function createForeignGather(
  options: Omit<GatherOptions, "activePolicy" | "holds" | "kept" | "clock">,
): ForeignGather {
  const { sessions, definitions, revocations, instance, environment } = options;
  const timeFact = timeFacts();
  return function gather({ call, subject, policy, catalogued, now, approval }) {
    const session = sessions.fact(subject, call, now);
    assertNotRevoked(revocations, revocableOf(subject, session.id));
    const { server } = call.route;
    const found = catalogued.map((name) => policy.catalog(server, name));
    const catalog = found.find(({ known }) => known) ?? policy.catalog(server, call.name);
    const definition = definitions.fact(server, call.name);
    const bound = { instance, session, task: null, catalog, definition };
    const risk = { score: null, signals: [] };
    return {
      policy,
      time: timeFact(now),
      session,
      task: null,
      catalog,
      definition,
      intent: { purpose: call.statedIntent, declared_by: call.statedIntent === null ? "none" : "header" },
      ...approval(bound, { labels: session.labels, risk: risk.score, revision: policy.revision }),
      repeats: null,
      urls: urlFacts(call.arguments),
      risk,
      gateway: { instance, environment },
    };
  };
}
