import type { ChannelSettings } from "../domain/channel.ts";
import type { Clock } from "../domain/ports.ts";
import type { Channel } from "./channel.ts";
import { emailChannel } from "./email.ts";
import { pagerDutyChannel } from "./pagerduty.ts";
import { slackChannel } from "./slack.ts";
import { teamsChannel } from "./teams.ts";
import { webhookChannel } from "./webhook.ts";

export interface ChannelAround {
  /** Read anew for every message, so that a rotated secret counts. @throws Error that never holds the value */
  readonly secret: (reference: string) => string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

export function createChannel(settings: ChannelSettings, around: ChannelAround): Channel {
  switch (settings.kind) {
    case "webhook":
      return webhookChannel(settings, around);
    case "slack":
      return slackChannel(settings, around);
    case "email":
      return emailChannel(settings, around);
    case "teams":
      return teamsChannel(settings, around);
    case "pagerduty":
      return pagerDutyChannel(settings, around);
  }
}
