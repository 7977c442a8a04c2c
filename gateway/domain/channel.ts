/** Configured channels for messages to people about held calls. Secrets are references, never values. */

export const sensitivities = ["low", "medium", "high"] as const;
export type Sensitivity = (typeof sensitivities)[number];

export type ChannelSettings = WebhookSettings | SlackSettings | EmailSettings | TeamsSettings | PagerDutySettings;
export type ChannelKind = ChannelSettings["kind"];

export interface WebhookSettings {
  readonly kind: "webhook";
  readonly name: string;
  readonly url: string;
  /** The newest first. Every message is signed with each of them, so that receivers can change keys at any time. */
  readonly secrets: readonly string[];
}

export interface SlackSettings {
  readonly kind: "slack";
  readonly name: string;
  /** Conversation id, such as C0123456789. */
  readonly channel: string;
  readonly token: string;
  /** Base of the Web API, without a slash at the end. */
  readonly apiUrl: string;
}

export interface EmailSettings {
  readonly kind: "email";
  readonly name: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly host: string;
  readonly port: number;
  /** tls: from the first byte. starttls: the message is sent only after the upgrade. */
  readonly security: "tls" | "starttls" | "none";
  readonly auth: { readonly user: string; readonly password: string } | null;
  /** Absolute path of the trusted certificate authorities, PEM; null for those of the system. */
  readonly caFile: string | null;
}

export interface TeamsSettings {
  readonly kind: "teams";
  readonly name: string;
  /** The workflow's URL is a secret, since it is all that a sender needs. */
  readonly url: string;
}

export interface PagerDutySettings {
  readonly kind: "pagerduty";
  readonly name: string;
  readonly routingKey: string;
  readonly url: string;
}

/** Which held calls are reported to which channels. Empty lists and null mean any. */
export interface NotifyRule {
  readonly to: readonly string[];
  readonly roles: readonly string[];
  readonly servers: readonly string[];
  readonly minSensitivity: Sensitivity | null;
  /** Channels for calls that are neither claimed nor decided after this time. */
  readonly escalate: { readonly afterMs: number; readonly to: readonly string[] } | null;
}

export interface DeliveryLimits {
  /** After so many failed attempts a message becomes a dead letter. */
  readonly attempts: number;
  /** Time limit of one attempt, from connecting to the end of the answer. */
  readonly timeoutMs: number;
  /** Messages sent at the same time, for each channel. */
  readonly concurrency: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

export interface ChannelsSettings {
  readonly channels: readonly ChannelSettings[];
  readonly notify: readonly NotifyRule[];
  readonly delivery: DeliveryLimits;
}
