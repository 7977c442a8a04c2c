import { Refusal } from "../../domain/errors.ts";
import type { AcceptedAnswer, AcceptedChange } from "../../domain/ports.ts";
import type { BundleDelivery } from "../bundles-options.ts";
import type { ActivationGate } from "./gate.ts";

/**
 * Accepts the change that waits, and resolves when it is active, or held while another revision is pinned; or when people are asked, where they have to approve it.
 * @throws Refusal policy_change_unknown, policy_change_denied, policy_revision_refused, and those of holds
 */
export async function acceptChange(
  gate: ActivationGate | null,
  sources: Pick<BundleDelivery, "active" | "retry" | "status">,
  accepted: AcceptedChange,
): Promise<Omit<AcceptedAnswer, "pinned">> {
  const waiting = gate?.waiting ?? null;
  if (gate === null || waiting === null) throw new Refusal("policy_change_unknown", { hint: "none waits" });
  const { revision, digest } = waiting;
  const question = await gate.accept(accepted);
  // Of a question the status says now whom it waits for.
  await sources.retry();
  if (question !== null) return { revision, question };
  if (sources.active()?.digest === digest) return { revision, question };
  const why = sources.status().failure?.message ?? "the sources hold another policy now";
  throw new Refusal("policy_revision_refused", { hint: why });
}
