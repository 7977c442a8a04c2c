import type { TeamsSettings } from "../domain/channel.ts";
import type { JsonObject } from "../lib/json.ts";
import { type Channel, decisionsOnly, type ChannelDeps } from "./channel.ts";
import { factsOf, sentence } from "./wording.ts";
import { defanged, withoutBracePairs } from "./escape-text.ts";
import type { Notice } from "./notice.ts";
import { postJson } from "../net/post-json.ts";

/**
 * A workflow ("When a Teams webhook request is received") takes cards and gives nothing back to change them by. So the
 * outcome is a second card, which names the first by its id.
 */
export function teamsChannel(settings: TeamsSettings, { secret, clock }: ChannelDeps): Channel {
  const url = (): string => secret(settings.url);
  return {
    name: settings.name,
    kind: "teams",
    updates: false,
    sendsDecided: false,
    phase: decisionsOnly,
    secrets: () => secretsIn(url()),
    send: async ({ notice, remote, signal }) => {
      const body = JSON.stringify(messageOf(notice, remote !== null));
      const { status, text } = await postJson(url(), body, {}, { signal, clock });
      return { remote: { cards: 1 }, answer: `${status} ${text}`.trim() };
    },
  };
}

/** The address as a whole, and what makes it one that others cannot guess. */
function secretsIn(url: string): string[] {
  return [url, ...new URL(url).searchParams.values()].filter((one) => one.length >= 8);
}

function messageOf(notice: Notice, isAnswer: boolean): JsonObject {
  const card = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      ...(isAnswer ? [line(`About the request ${notice.id}, sent to this channel before:`)] : []),
      heading(sentence(notice)),
      ...factsOf(notice).map(([label, value]) => fact(label, value)),
      ...(isAnswer ? [] : [line("The outcome will come as a card of its own; this one cannot change.")]),
    ],
    actions: [{ type: "Action.OpenUrl", title: notice.test ? "Console" : "Open the request", url: notice.link }],
    msteams: { width: "Full" },
  };
  const content = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card };
  return { type: "message", attachments: [content] };
}

/** Names stand in text runs only: a TextBlock and a FactSet would read them as Markdown. */
function runs(...inlines: JsonObject[]): JsonObject {
  return { type: "RichTextBlock", spacing: "Small", inlines };
}

function run(text: string, style: JsonObject = {}): JsonObject {
  return { type: "TextRun", text: withoutBracePairs(defanged(text)), ...style };
}

function heading(text: string): JsonObject {
  return runs(run(text, { weight: "Bolder", size: "Medium" }));
}

function line(text: string): JsonObject {
  return runs(run(text, { isSubtle: true }));
}

function fact(label: string, value: string): JsonObject {
  return runs(run(`${label}: `, { isSubtle: true }), run(value, { fontType: "Monospace" }));
}
