import { readFileSync } from "node:fs";
import type { EmailSettings } from "../domain/channel.ts";
import { DeliveryFailure, networkFailure } from "../net/post-json.ts";
import { type Channel, decisionsOnly, type ChannelMessage, type ChannelDeps } from "./channel.ts";
import { factsOf, sentence, subjectLine } from "./wording.ts";
import { escapeHtml } from "../lib/escape-html.ts";
import { defanged } from "./escape-text.ts";
import type { Notice } from "./notice.ts";

/** Mail by SMTP. The question begins a conversation, and each outcome answers it (RFC 5322 §3.6.4). */
export function emailChannel(settings: EmailSettings, { secret, timeoutMs }: ChannelDeps): Channel {
  const password = (): string | null => (settings.auth === null ? null : secret(settings.auth.password));
  return {
    name: settings.name,
    kind: "email",
    updates: false,
    sendsDecided: false,
    phase: decisionsOnly,
    secrets: () => secretsOf(password()),
    send: async (message) => {
      // Loaded with the first mail: most gateways send none.
      const { createTransport } = await import("nodemailer");
      const transport = createTransport(transportOptions(settings, password(), timeoutMs));
      try {
        const { messageId, rejected, response } = await transport.sendMail(mailOf(settings, message));
        const refused = rejected.length > 0 ? `; ${rejected.length} of the recipients were refused` : "";
        return { remote: message.remote ?? { message_id: messageId }, answer: `${response}${refused}` };
      } catch (thrown) {
        throw smtpFailure(thrown);
      } finally {
        transport.close();
      }
    },
  };
}

/** Also as AUTH PLAIN and LOGIN carry it, should a server repeat what it was sent. */
function secretsOf(password: string | null): string[] {
  return password === null ? [] : [password, Buffer.from(password).toString("base64")];
}

function transportOptions(settings: EmailSettings, password: string | null, timeoutMs: number) {
  const { host, port, security, auth, caFile } = settings;
  return {
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(auth === null || password === null ? {} : { auth: { user: auth.user, pass: password } }),
    tls: { minVersion: "TLSv1.2" as const, ...(caFile === null ? {} : { ca: readFileSync(caFile) }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Nothing here names a file or an address to be read; should it ever, it is not.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function mailOf({ from, to }: EmailSettings, { notice, key, remote, signal }: ChannelMessage) {
  const first = remote?.["message_id"];
  return {
    from: { name: `Sallyport ${notice.gateway}`, address: from },
    to: to.map((address) => ({ name: "", address })),
    subject: `${first === undefined ? "" : "Re: "}${subjectOf(notice)}`,
    // The same over all attempts: servers and readers drop the second copy.
    messageId: `<${key}@${from.slice(from.lastIndexOf("@") + 1)}>`,
    ...(typeof first === "string" ? { inReplyTo: first, references: first } : {}),
    // RFC 3834 §5: nobody is away from a program.
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    text: textPart(notice),
    html: htmlPart(notice),
    signal,
  };
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** RFC 5321 §4.2.1: 4yz may pass by itself, 5yz does not; RFC 4954 §6: 53z are about the sign-in, which people mend. */
function smtpFailure(thrown: unknown): DeliveryFailure {
  const { code, responseCode, response } = thrown as SmtpError;
  if (responseCode === undefined || code === "ETLS") return networkFailure(thrown);
  const retryable = responseCode < 500 || (responseCode >= 530 && responseCode < 540);
  return new DeliveryFailure(`the mail server answered ${response ?? responseCode}`, { retryable });
}

/** The same over the life of an item: readers put into one conversation what has one subject. */
function subjectOf(notice: Notice): string {
  return `[${notice.gateway}] ${defanged(subjectLine(notice))}`;
}

const hint = "The link only opens the page. Deciding needs a sign-in, and nothing in this mail decides anything.";

/** Each name on a line of its own, so that one written from right to left turns no other around. */
function textPart(notice: Notice): string {
  const facts = factsOf(notice).map(([label, value]) => `${label}: ${defanged(value)}`);
  return [defanged(sentence(notice)), "", ...facts, "", notice.link, "", hint, ""].join("\n");
}

function htmlPart(notice: Notice): string {
  const rows = factsOf(notice).map(
    ([label, value]) =>
      `<tr><td style="${cell};color:#555">${escapeHtml(label)}</td><td style="${cell};font-family:monospace"><bdi>${escapeHtml(defanged(value))}</bdi></td></tr>`,
  );
  const title = notice.test ? "Console" : "Open the request";
  return [
    "<!doctype html>",
    '<html lang="en"><body style="font-family:sans-serif;font-size:14px">',
    `<h1 style="font-size:18px"><bdi>${escapeHtml(defanged(sentence(notice)))}</bdi></h1>`,
    `<table role="presentation" style="border-collapse:collapse">${rows.join("")}</table>`,
    `<p><a href="${escapeHtml(notice.link)}">${title}</a></p>`,
    `<p style="color:#555">${hint}</p>`,
    "</body></html>",
  ].join("\n");
}

const cell = "padding:2px 12px 2px 0;vertical-align:top;text-align:left";
