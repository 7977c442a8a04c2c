import { registry } from "../../../gateway/decide/builtins/registry.ts";
import { decide } from "../../../gateway/decide/decide.ts";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import type { HostedPolicy } from "../../../gateway/decide/host/hosted-policy.ts";
import type { Decision } from "../../../gateway/domain/decision.ts";
import type { PolicyInput } from "../../../gateway/domain/policy-input.ts";
import type { CompiledRego } from "../../unit/decide/support/compile-rego.ts";
import { policyThat } from "../../unit/decide/support/policies.ts";
import type { AdversarialCase } from "./cases.ts";

/** The configuration's default (`policy.fuel`). */
export const FUEL = 2_000_000;

/** The engine as the gateway builds it. */
export function prepare({ wasm, data }: CompiledRego): Promise<HostedPolicy> {
  return createPolicyEngine({ limits: { fuel: FUEL } }).prepare(wasm, data);
}

/** What the gateway would answer if `entrypoint` were its policy's decision. */
export function decideAt(policy: HostedPolicy, entrypoint: string, input: PolicyInput): Decision {
  return decide(
    policyThat(() => policy.evaluate(entrypoint, input)),
    input,
  );
}

/** Builtins the case is about and the host does not have. */
export function missingFor({ needs = [] }: AdversarialCase): string[] {
  return needs.filter((name) => !registry.has(name));
}
