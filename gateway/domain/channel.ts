/** Ways in which people hear of calls that wait for them, as configured. Secrets are references, never values. */

export const sensitivities = ["low", "medium", "high"] as const;
export type Sensitivity = (typeof sensitivities)[number];

export type ChannelSettings = WebhookSettings | SlackSettings | EmailSettings | TeamsSettings | PagerDutySettings;
export type ChannelKind = ChannelSettings["kind"];

export interface WebhookSettings {
  readonly kind: "webhook";
  readonly name: string;
  readonly url: string;
  /** The first is the newest; each signs every message, so that receivers can change over in their own time. */
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
  /** tls: from the first byte. starttls: upgraded before anything is said, or not sent. */
  readonly security: "tls" | "starttls" | "none";
  readonly auth: { readonly user: string; readonly password: string } | null;
  /** Absolute path of certificates, PEM, that the server's must lead to; null for the system's. */
  readonly caFile: string | null;
}

export interface TeamsSettings {
  readonly kind: "teams";
  readonly name: string;
  /** The workflow's address is a secret: whoever has it may post. */
  readonly url: string;
}

export interface PagerDutySettings {
  readonly kind: "pagerduty";
  readonly name: string;
  readonly routingKey: string;
  readonly url: string;
}

/** Who hears of which items. Empty lists and null mean any. */
export interface NotifyRule {
  readonly to: readonly string[];
  readonly roles: readonly string[];
  readonly servers: readonly string[];
  readonly minSensitivity: Sensitivity | null;
  /** Who is told when nobody has claimed or answered the item by then. */
  readonly escalate: { readonly afterMs: number; readonly to: readonly string[] } | null;
}

export interface DeliveryLimits {
  /** After so many failed attempts a message becomes a dead letter. */
  readonly attempts: number;
  /** Of one attempt, from connecting to the end of the answer. */
  readonly timeoutMs: number;
  /** Messages on their way at once, for each channel. */
  readonly concurrency: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

export interface ChannelsSettings {
  readonly channels: readonly ChannelSettings[];
  readonly notify: readonly NotifyRule[];
  readonly delivery: DeliveryLimits;
}
