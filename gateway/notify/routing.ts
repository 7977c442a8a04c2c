import type { Approval } from "../domain/approval.ts";
import { type NotifyRule, sensitivities } from "../domain/channel.ts";
import type { NewLetter } from "../domain/ports.ts";

/**
 * Who hears of a held item, each channel once: those told at once come first, so that nobody is told late of what a rule
 * tells them now. An escalation is a letter from the beginning, due when it would be sent.
 */
export function lettersFor(approval: Approval, rules: readonly NotifyRule[], now: number): NewLetter[] {
  const fitting = rules.filter((rule) => fits(approval, rule));
  const wanted = [
    ...fitting.flatMap(({ to }) => to.map((channel) => ({ channel, due: now, escalated: false }))),
    ...fitting
      .flatMap(({ escalate }) =>
        (escalate?.to ?? []).map((channel) => ({
          channel,
          due: approval.seal.created + (escalate?.afterMs ?? 0),
          escalated: true,
        })),
      )
      .toSorted((a, b) => a.due - b.due),
  ];
  const seen = new Set<string>();
  return wanted.flatMap(({ channel, due, escalated }) => {
    if (seen.has(channel)) return [];
    seen.add(channel);
    return [{ id: `${approval.id}.${channel}`, approvalId: approval.id, channel, escalated, created: now, due }];
  });
}

function fits({ binding, requirement }: Approval, rule: NotifyRule): boolean {
  const server = binding.tool.split("/", 1)[0] ?? "";
  if (rule.servers.length > 0 && !rule.servers.includes(server)) return false;
  if (rule.roles.length > 0 && !requirement.require.some(({ role }) => rule.roles.includes(role))) return false;
  return rule.minSensitivity === null || rank(binding.sensitivity) >= rank(rule.minSensitivity);
}

/** What nobody has classified may be anything. */
function rank(sensitivity: string | null): number {
  const at = sensitivities.findIndex((one) => one === sensitivity);
  return at === -1 ? sensitivities.length - 1 : at;
}
