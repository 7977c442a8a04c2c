import type { WebhookSettings } from "../domain/channel.ts";
import { signedHeaders, webhookKey } from "../net/webhook-signature.ts";
import { DeliveryFailure, postJson } from "../net/post-json.ts";
import { type Channel, everyChange, type ChannelDeps } from "./channel.ts";
import type { Notice } from "./notice.ts";

/** For programs: Standard Webhooks 1.0.0, one message for each change, the newest state when several came at once. */
export function webhookChannel(settings: WebhookSettings, { secret, clock }: ChannelDeps): Channel {
  const secrets = (): string[] => settings.secrets.map(secret);
  return {
    name: settings.name,
    kind: "webhook",
    updates: false,
    sendsDecided: true,
    phase: everyChange,
    secrets,
    send: async ({ notice, key, signal }) => {
      const body = JSON.stringify(webhookBody(notice));
      const headers = signedHeaders(`msg_${key}`, clock.now(), body, secrets().map(keyOf));
      const { status, text } = await postJson(settings.url, body, headers, { signal, clock });
      return { remote: null, answer: `${status} ${text}`.trim() };
    },
  };
}

/** @throws Error when a secret that was changed since the start is none */
function keyOf(secret: string): Buffer {
  const key = webhookKey(secret);
  if (key === null)
    throw new DeliveryFailure("a signing secret is not whsec_ and base64 of 24 to 64 bytes", { retryable: true });
  return key;
}

/** The same for the same state of the item, whenever it is sent: a repeated id never comes with another body. */
function webhookBody(notice: Notice): object {
  return {
    type: notice.test ? "channel.test" : `approval.${notice.state}`,
    timestamp: iso(notice.resolved ?? notice.claim?.at ?? notice.created),
    data: {
      approval: notice.id,
      state: notice.state,
      tool: notice.tool,
      server: notice.server,
      agent: notice.agent,
      acting_for: notice.actingFor,
      rules: notice.rules,
      roles: notice.roles,
      sensitivity: notice.sensitivity,
      reversible: notice.reversible,
      digest: notice.digest,
      created: iso(notice.created),
      approve_by: iso(notice.deadline),
      resolved: notice.resolved === null ? null : iso(notice.resolved),
      claimed_by: notice.claim?.by ?? null,
      approvals: notice.approvals,
      approvals_needed: notice.places,
      decided_by: notice.deciders,
      asked_again: notice.askedAgain,
      gateway: notice.gateway,
      environment: notice.environment,
      link: notice.link,
    },
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
