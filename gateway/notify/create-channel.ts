import type { ChannelSettings } from "../domain/channel.ts";
import type { Channel, ChannelDeps } from "./channel.ts";
import { emailChannel } from "./email.ts";
import { pagerDutyChannel } from "./pagerduty.ts";
import { slackChannel } from "./slack.ts";
import { teamsChannel } from "./teams.ts";
import { webhookChannel } from "./webhook.ts";

/** The adapter for each kind of channel that the configuration knows. */
export function createChannel(settings: ChannelSettings, deps: ChannelDeps): Channel {
  switch (settings.kind) {
    case "webhook":
      return webhookChannel(settings, deps);
    case "slack":
      return slackChannel(settings, deps);
    case "email":
      return emailChannel(settings, deps);
    case "teams":
      return teamsChannel(settings, deps);
    case "pagerduty":
      return pagerDutyChannel(settings, deps);
  }
}
