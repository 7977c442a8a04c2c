import type { SlackSettings } from "../domain/channel.ts";
import type { JsonObject } from "../lib/json.ts";
import { DeliveryFailure, postJson } from "../net/post-json.ts";
import { type Channel, everyChange, type ChannelMessage, type ChannelDeps } from "./channel.ts";
import { factsOf, sentence, subjectLine } from "./wording.ts";
import { defanged } from "./escape-text.ts";
import type { Notice } from "./notice.ts";
import { parseJson } from "../lib/parse-json.ts";

/** One message for each item: posted once (chat.postMessage), then changed in place (chat.update). */
export function slackChannel(settings: SlackSettings, { secret, clock }: ChannelDeps): Channel {
  const { channel, apiUrl } = settings;
  const token = (): string => secret(settings.token);
  const call = async (method: string, body: JsonObject, signal: AbortSignal): Promise<SlackAnswer> => {
    const headers = { authorization: `Bearer ${token()}` };
    const { text } = await postJson(`${apiUrl}/${method}`, JSON.stringify(body), headers, { signal, clock });
    return readAnswer(text);
  };
  return {
    name: settings.name,
    kind: "slack",
    updates: true,
    sendsDecided: false,
    phase: everyChange,
    secrets: () => [token()],
    send: async (message) => {
      const { remote, signal } = message;
      if (remote === null) {
        const posted = taken(await call("chat.postMessage", { channel, ...messageBody(message) }, signal));
        return { remote: { channel: posted.channel ?? channel, ts: posted.ts ?? "" }, answer: "posted" };
      }
      const answer = await call("chat.update", { ...remote, ...messageBody(message) }, signal);
      // Somebody has removed the message; there is nothing left to correct.
      if (answer.error === "message_not_found") return { remote: null, answer: "the message is no longer there" };
      taken(answer);
      return { remote: null, answer: "changed" };
    },
  };
}

interface SlackAnswer {
  readonly ok?: unknown;
  readonly error?: string;
  readonly channel?: string;
  readonly ts?: string;
}

function readAnswer(text: string): SlackAnswer {
  try {
    const answer: unknown = parseJson(text);
    if (typeof answer === "object" && answer !== null) return answer;
  } catch {
    // Not JSON: said below.
  }
  throw new DeliveryFailure("did not answer like Slack's Web API", { retryable: true });
}

/** Errors that are over by themselves, and credentials that somebody may be changing right now. */
const passing = new Set([
  ...["ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"],
  ...["invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive"],
]);

/** Slack answers 200 also when it did not do it. */
function taken(answer: SlackAnswer): SlackAnswer {
  if (answer.ok === true) return answer;
  const error = answer.error ?? "no error named";
  throw new DeliveryFailure(`refused: ${error}`, { retryable: passing.has(error) });
}

/** `parse: none` in both calls: chat.update would look for names and addresses otherwise. */
function messageBody({ notice, key }: ChannelMessage): JsonObject {
  return {
    text: escapeText(defanged(notice.state === "held" ? subjectLine(notice) : `${sentence(notice)}: ${notice.tool}`)),
    blocks: blocksOf(notice),
    parse: "none",
    link_names: false,
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    // Posting knows no idempotency key; with this, two copies after a crash can be told apart from two requests.
    metadata: { event_type: "sallyport_approval", event_payload: { approval: notice.id, key } },
  };
}

/** Names stand in rich text only: its text elements are shown as they are, without markup, mentions or links. */
function blocksOf(notice: Notice): JsonObject[] {
  const lines = factsOf(notice).flatMap(([label, value]) => [
    { type: "text", text: `${label}: ` },
    { type: "text", text: value, style: { code: true } },
    { type: "text", text: "\n" },
  ]);
  return [
    { type: "header", text: { type: "plain_text", text: cut(defanged(sentence(notice))), emoji: false } },
    {
      type: "rich_text",
      elements: [
        {
          type: "rich_text_section",
          elements: [...lines, { type: "link", url: notice.link, text: notice.test ? "Console" : "Open the request" }],
        },
      ],
    },
  ];
}

/** Longest text of a header block. */
const mostHeader = 150;

function cut(text: string): string {
  const messages = [...text];
  return messages.length > mostHeader ? `${messages.slice(0, mostHeader - 1).join("")}…` : text;
}

/** The three characters that control Slack's markup of a message's text. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
