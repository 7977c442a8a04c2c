import { z } from "zod";
import { sensitivities } from "../../domain/channel.ts";
import { count, duration, name, nonEmpty, webUrl } from "./values.ts";

const reference = (what: string) =>
  z.string().describe(`Reference to ${what}: \`env:NAME\` or \`file:PATH\`, never the secret itself.`);

const signingSecrets = () =>
  z
    .array(z.string())
    .describe(
      "References (`env:NAME` or `file:PATH`) to signing secrets, `whsec_…` of Standard Webhooks. Each signs every message: name the old and the new one while receivers change over.",
    );

const allowInsecure = () =>
  z
    .boolean()
    .prefault(false)
    .describe("Accept an unprotected connection beyond loopback. Whoever is on the path can then read along.");

/** One plain e-mail address without a name: the value becomes a mail header. */
const mailAddress = () =>
  z.string().regex(/^[^\s<>()[\]\\,;:"@\p{Cc}]{1,64}@[A-Za-z0-9.-]{1,253}$/u, {
    error: "expected one mail address such as approvals@example.org",
  });

const webhook = z.strictObject({
  url: webUrl().describe("Where to post."),
  secrets: signingSecrets().min(1, { error: "needs at least one secret; messages are signed" }),
  allow_insecure: allowInsecure(),
});

const slack = z.strictObject({
  channel: z
    .string()
    .regex(/^[CDG][A-Z0-9]{2,30}$/, { error: "expected a conversation's id such as C0123456789, not its name" })
    .describe("Id of the conversation, such as C0123456789."),
  token: reference("the bot token (`chat:write`)"),
  api_url: webUrl().prefault("https://slack.com/api").describe("Base of the Web API."),
});

const smtp = z
  .strictObject({
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:-]+$/, { error: "expected a host name or IP address" })
      .describe("Mail server."),
    port: count(1, 65_535).prefault(587).describe("Its port: 587 for `starttls`, 465 for `tls`."),
    security: z
      .enum(["starttls", "tls", "none"])
      .prefault("starttls")
      .describe(
        "`starttls`: upgraded before anything is said, or not sent. `tls`: from the first byte. `none`: plain.",
      ),
    user: nonEmpty().optional().describe("Name to sign in with. Default: no sign-in."),
    password: reference("the password; required with `user`").optional(),
    ca: nonEmpty()
      .optional()
      .describe("Certificates, PEM file, that the server's must lead to. Default: those of the system."),
    allow_insecure: allowInsecure(),
  })
  .describe("How mail leaves.");

const email = z.strictObject({
  from: mailAddress().describe("Sender."),
  to: z
    .array(mailAddress())
    .min(1, { error: "needs at least one recipient" })
    .max(50, { error: "must be at most 50; use a list of your mail server" })
    .describe("Recipients."),
  smtp,
});

const teams = z.strictObject({
  url: reference('the address of a workflow "When a Teams webhook request is received"; everyone who has it can post'),
});

const pagerduty = z.strictObject({
  routing_key: reference("the integration key (Events API v2)"),
  url: webUrl().prefault("https://events.pagerduty.com/v2/enqueue").describe("Where events go."),
});

const escalate = z
  .strictObject({
    after: duration("10s", "7d").describe("How long after the call was held."),
    to: z.array(name()).min(1, { error: "needs at least one channel" }).describe("Channels that get the message then."),
  })
  .describe("Further channels for a call that no one has claimed or decided after a time.");

const notify = z
  .array(
    z.strictObject({
      to: z.array(name()).min(1, { error: "needs at least one channel" }).describe("Channels that get the message."),
      roles: z.array(name()).prefault([]).describe("Only calls that ask one of these roles. Default: all."),
      servers: z.array(name()).prefault([]).describe("Only calls of these tool servers. Default: all."),
      min_sensitivity: z
        .enum(sensitivities)
        .optional()
        .describe(
          "Only tools of this sensitivity or more; a tool of unknown sensitivity counts as high. Default: all.",
        ),
      escalate: escalate.optional(),
    }),
  )
  .prefault([])
  .describe(
    "Which held calls are reported to which channels. Every entry that fits counts; a channel gets one message for a call.",
  );

const delivery = z
  .strictObject({
    attempts: count(1, 100)
      .prefault(10)
      .describe("Failed attempts after which a message is given up and shown as a dead letter."),
    timeout: duration("100ms", "2m").prefault("10s").describe("How long one attempt may take."),
    concurrency: count(1, 100).prefault(4).describe("Messages of one channel that may be on their way at once."),
    first_retry: duration("10ms", "10m")
      .prefault("5s")
      .describe("Wait after the first failed attempt; it doubles with every further one."),
    longest_retry: duration("10ms", "1d").prefault("15m").describe("Longest wait between two attempts."),
  })
  .prefault({})
  .describe("How messages are sent. They are on disk first and survive a restart.");

const named = <S extends z.ZodType>(one: S, what: string) => z.record(name(), one).prefault({}).describe(what);

export const channelsSchema = z
  .strictObject({
    webhooks: named(webhook, "Signed HTTP messages (Standard Webhooks 1.0.0), by name."),
    slack: named(slack, "Slack conversations, by name. One message for each call, changed as the call changes."),
    email: named(email, "Mail by SMTP, by name. The outcome is an answer in the same conversation."),
    teams: named(
      teams,
      "Microsoft Teams through a workflow, by name. A workflow cannot change a card, so the outcome is a second one.",
    ),
    pagerduty: named(pagerduty, "PagerDuty services, by name. Acknowledged on a claim, resolved with the outcome."),
    notify,
    delivery,
  })
  .prefault({})
  .describe(
    "Messages to people about held calls. They carry no argument values, and their links only open the console. Names are unique over all kinds.",
  );
