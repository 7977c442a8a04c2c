import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { PolicyInput } from "../../../gateway/domain/policy-input.ts";

/** What the starter policy asks, one rule for one: Cedar has no messages, no data of its own and no third effect. */
const policies = `
permit (principal, action, resource) when { context.subject.properties.roles.containsAny(["refunds", "support"]) };
forbid (principal, action, resource) unless { context.contract == 1 };
forbid (principal, action, resource) unless { context.resource.properties.catalog.known };
forbid (principal, action, resource) when { context.resource.properties.definition.changed };
forbid (principal, action, resource) when {
  context.resource.properties.catalog.sensitivity == "high" && context.subject.properties.proof.method == "none"
};
forbid (principal, action, resource) when {
  context.resource.properties.catalog.sensitivity == "high" && !(context.context.time.hour >= 8 && context.context.time.hour < 18)
};
forbid (principal, action, resource) when {
  !context.resource.properties.catalog.reversible && context.context.approval.status != "approved"
};
forbid (principal, action, resource) when { ["denied", "expired", "mismatch"].contains(context.context.approval.status) };
forbid (principal, action, resource) when {
  context.resource.properties.catalog.sink == "external" && context.context.session.labels.contains("read:private")
};
forbid (principal, action, resource) when {
  context.resource.properties.catalog.sink == "external" && !["status.partner.example"].containsAll(context.hosts)
};
forbid (principal, action, resource) when { context.context.arguments has amount && context.context.arguments.amount > 500 };
forbid (principal, action, resource) when { context.context.arguments_omitted };
`;

const policySetId = "starter";

/** @throws Error when Cedar refuses the policies */
export function cedarEngine(): { readonly name: string; evaluate(document: PolicyInput["document"]): string } {
  const parsed = cedar.preparsePolicySet(policySetId, { staticPolicies: policies });
  if (parsed.type !== "success") throw new Error(`Cedar: ${JSON.stringify(parsed.errors)}`);
  return { name: "cedar-wasm", evaluate };
}

function evaluate(document: PolicyInput["document"]): string {
  const { subject, action, resource, context } = document;
  const hosts = (context["urls"] as readonly { readonly host: string }[]).map(({ host }) => host);
  const answer = cedar.statefulIsAuthorized({
    principal: { type: "Agent", id: String(subject["id"]) },
    action: { type: "Action", id: String(action["name"]) },
    resource: { type: "Tool", id: String(resource["id"]) },
    context: withoutNulls({ ...document, hosts }) as Record<string, cedar.CedarValueJson>,
    preparsedPolicySetId: policySetId,
    entities: [],
  });
  if (answer.type !== "success" || answer.response.diagnostics.errors.length > 0)
    throw new Error(`Cedar: ${JSON.stringify(answer)}`);
  return answer.response.decision;
}

/** Cedar knows neither null nor fractions. */
function withoutNulls(value: unknown): unknown {
  if (typeof value === "number" && !Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([name, item]) => [name, withoutNulls(item)]),
  );
}
