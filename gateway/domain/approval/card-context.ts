import type { JsonObject } from "../../lib/json.ts";
import type { EvaluatedCall } from "../exchange.ts";
import { taskDocument } from "../input-context.ts";
import { catalogDocument } from "../policy-input.ts";

/** What the card of an approval shows beside the binding. Nothing in it is judged. */
export function cardContext({ call, subject, facts }: Pick<EvaluatedCall, "call" | "subject" | "facts">): JsonObject {
  return {
    agent: { id: subject.id, issuer: subject.issuer, client_id: subject.clientId, roles: subject.roles },
    acting_for: subject.actingFor === null ? null : { id: subject.actingFor.id },
    purpose: {
      text: facts.intent.purpose,
      declared_by: facts.intent.declared_by,
      truncated: facts.intent.truncated,
    },
    stated_intent: call.declaredIntent?.text ?? null,
    task: taskDocument(facts),
    session: { ...facts.session, history: facts.session.history.map((entry) => ({ ...entry })) },
    catalog: catalogDocument(facts.catalog),
    protocol: call.route.protocol,
    // Its decision log has the record of the hold.
    gateway: facts.gateway.instance,
  };
}
