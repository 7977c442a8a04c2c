import type { JsonObject } from "../../lib/json.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
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
  /** May this caller see this entry of a tools/list answer? Its definition is noted on the way. */
  ofListed(evaluated: EvaluatedCall, tool: JsonObject): boolean;
}

/** Asks the policy's list phase, on the same bundle as the call itself. */
export function visibility({ evaluate, definitions }: VisibilityOptions): Visibility {
  const ask = (evaluated: EvaluatedCall, name: string, changed?: false): boolean => {
    const { call, subject, facts } = evaluated;
    const { server } = call.route;
    const tool = { ...call, action: "tools/list", resourceType: "tool" as const, name, arguments: {} };
    const known = {
      ...facts,
      catalog: facts.policy.catalog(server, name),
      definition: { ...definitions.fact(server, name), ...(changed === undefined ? {} : { changed }) },
      urls: [],
    };
    return evaluate(facts.policy, policyInput(tool, subject, known, "list"));
  };
  return {
    // A tool that is hidden for its changed definition alone was known before, and its caller is told what happened.
    ofCall: (evaluated) => ask(evaluated, evaluated.call.name, false),
    ofListed: (evaluated, tool) => {
      const { name } = tool;
      if (typeof name !== "string") return false;
      return definitions.observe(evaluated.call.route.server, name, tool) && ask(evaluated, name);
    },
  };
}
