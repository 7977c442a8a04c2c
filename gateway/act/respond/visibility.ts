import type { JsonObject } from "../../lib/json.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { DefinitionFact } from "../../domain/facts.ts";
import { type PolicyInput, policyInput } from "../../domain/policy-input.ts";
import type { ActivePolicy, DefinitionLedger } from "../../domain/ports.ts";

export interface VisibilityOptions {
  /** The list phase of the policy; doubt is false. */
  readonly evaluate: (policy: ActivePolicy, input: PolicyInput) => boolean;
  readonly definitions: DefinitionLedger;
}

export interface Visibility {
  /** May this caller know the tool that it called? */
  ofCall(evaluated: EvaluatedCall): boolean;
  /** Those of a tools/list answer that this caller may see. Their definitions are noted on the way. */
  ofListed(evaluated: EvaluatedCall, tools: readonly JsonObject[]): Promise<JsonObject[]>;
}

/** Asks the policy's list phase, on the same bundle as the call itself. */
export function visibility({ evaluate, definitions }: VisibilityOptions): Visibility {
  const ask = ({ call, subject, facts }: EvaluatedCall, name: string, definition: DefinitionFact): boolean => {
    const tool = { ...call, action: "tools/list", resourceType: "tool" as const, name, arguments: {} };
    const known = { ...facts, catalog: facts.policy.catalog(call.route.server, name), definition, urls: [] };
    return evaluate(facts.policy, policyInput(tool, subject, known, "list"));
  };
  return {
    // A tool that is hidden for its changed definition alone was known before, and its caller is told what happened.
    ofCall: (evaluated) => ask(evaluated, evaluated.call.name, { ...evaluated.facts.definition, changed: false }),
    async ofListed(evaluated, tools) {
      const named = tools.flatMap((definition) => {
        const { name } = definition;
        return typeof name === "string" ? [{ name, definition }] : [];
      });
      const facts = await definitions.observe(evaluated.call.route.server, named);
      return named.flatMap(({ name, definition }, at) => {
        const fact = facts[at] ?? null;
        return fact !== null && ask(evaluated, name, fact) ? [definition] : [];
      });
    },
  };
}
