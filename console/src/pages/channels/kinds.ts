import type { ChannelRow } from "../../api/types.ts";

const names: Readonly<Record<ChannelRow["kind"], string>> = {
  webhook: "Signed webhook",
  slack: "Slack",
  email: "E-mail",
  teams: "Teams",
  pagerduty: "PagerDuty",
};

/** Display name of a channel's kind; null when the configuration no longer names the channel. */
export function channelKind(kind: ChannelRow["kind"] | null): string {
  return kind === null ? "No longer configured" : names[kind];
}
