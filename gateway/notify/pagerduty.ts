import type { PagerDutySettings } from "../domain/channel.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Channel, ChannelDeps } from "./channel.ts";
import { factsOf, subjectLine } from "./wording.ts";
import { defanged } from "./escape-text.ts";
import type { Notice } from "./notice.ts";
import { postJson } from "../net/post-json.ts";

type Action = "trigger" | "acknowledge" | "resolve";

const order: readonly string[] = ["trigger", "acknowledge", "resolve"] satisfies Action[];

/** Events API v2: one alert for each item under one dedup_key, acknowledged by a claim and resolved by the outcome. */
export function pagerDutyChannel(settings: PagerDutySettings, { secret, clock }: ChannelDeps): Channel {
  const routingKey = (): string => secret(settings.routingKey);
  return {
    name: settings.name,
    kind: "pagerduty",
    updates: true,
    sendsDecided: false,
    phase: laterOf,
    secrets: () => [routingKey()],
    send: async ({ notice, remote, signal }) => {
      const event = eventOf(notice, actionOf(notice, remote === null));
      const body = JSON.stringify({ routing_key: routingKey(), ...event });
      const { status, text } = await postJson(settings.url, body, {}, { signal, clock });
      return { remote: { dedup_key: event["dedup_key"] ?? "" }, answer: `${status} ${text}`.trim() };
    },
  };
}

/** Nothing can be acknowledged before it was triggered. */
function actionOf({ state, claim }: Notice, isFirst: boolean): Action {
  if (state !== "held") return "resolve";
  return claim === null || isFirst ? "trigger" : "acknowledge";
}

/** There is no way back from acknowledged: a claim that was given back says nothing. */
function laterOf(notice: Notice, lastPhase: string | null): string {
  const action = actionOf(notice, lastPhase === null);
  return lastPhase !== null && order.indexOf(lastPhase) > order.indexOf(action) ? lastPhase : action;
}

const severities: Readonly<Record<string, string>> = { high: "critical", medium: "error", low: "warning" };

function eventOf(notice: Notice, action: Action): JsonObject {
  const event = { event_action: action, dedup_key: `sallyport-${notice.gateway}-${notice.id}` };
  if (action !== "trigger") return event;
  return {
    ...event,
    client: "Sallyport",
    client_url: notice.link,
    links: [{ href: notice.link, text: notice.test ? "Console" : "Open the request" }],
    payload: {
      summary: defanged(subjectLine(notice)),
      source: notice.gateway,
      severity: severities[notice.sensitivity ?? "high"] ?? "critical",
      timestamp: new Date(notice.created).toISOString(),
      component: defanged(notice.server),
      group: notice.environment,
      class: notice.test ? "test" : "approval",
      custom_details: Object.fromEntries(factsOf(notice).map(([label, value]) => [label, defanged(value)])),
    },
  };
}
