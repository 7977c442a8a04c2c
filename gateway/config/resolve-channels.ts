import { resolve } from "node:path";
import type { ChannelSettings, ChannelsSettings, EmailSettings, NotifyRule } from "../domain/channel.ts";
import type { ChannelsValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";

/** Channels of all kinds in one list; references and paths absolute. */
export function resolveChannels(values: ChannelsValues, folder: string): ChannelsSettings {
  const secret = (reference: string): string => absoluteReference(reference, folder);
  const { delivery } = values;
  return {
    channels: [...posted(values, secret), ...emails(values, folder, secret)],
    notify: values.notify.map(ruleOf),
    delivery: {
      attempts: delivery.attempts,
      timeoutMs: delivery.timeout,
      concurrency: delivery.concurrency,
      firstRetryMs: delivery.first_retry,
      longestRetryMs: delivery.longest_retry,
    },
  };
}

function posted(values: ChannelsValues, secret: (reference: string) => string): ChannelSettings[] {
  return [
    ...Object.entries(values.webhooks).map(([name, { url, secrets }]) => ({
      kind: "webhook" as const,
      name,
      url,
      secrets: secrets.map(secret),
    })),
    ...Object.entries(values.slack).map(([name, { channel, token, api_url }]) => ({
      kind: "slack" as const,
      name,
      channel,
      token: secret(token),
      apiUrl: api_url.replace(/\/$/, ""),
    })),
    ...Object.entries(values.teams).map(([name, { url }]) => ({ kind: "teams" as const, name, url: secret(url) })),
    ...Object.entries(values.pagerduty).map(([name, { routing_key, url }]) => ({
      kind: "pagerduty" as const,
      name,
      routingKey: secret(routing_key),
      url,
    })),
  ];
}

function emails(values: ChannelsValues, folder: string, secret: (reference: string) => string): EmailSettings[] {
  return Object.entries(values.email).map(([name, { from, to, smtp }]) => ({
    kind: "email",
    name,
    from,
    to,
    host: smtp.host,
    port: smtp.port,
    security: smtp.security,
    auth:
      smtp.user === undefined || smtp.password === undefined
        ? null
        : { user: smtp.user, password: secret(smtp.password) },
    caFile: smtp.ca === undefined ? null : resolve(folder, smtp.ca),
  }));
}

function ruleOf({ to, roles, servers, min_sensitivity, escalate }: ChannelsValues["notify"][number]): NotifyRule {
  return {
    to,
    roles,
    servers,
    minSensitivity: min_sensitivity ?? null,
    escalate: escalate === undefined ? null : { afterMs: escalate.after, to: escalate.to },
  };
}
