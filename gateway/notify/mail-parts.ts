import { defanged, escapeHtml } from "./inert.ts";
import type { Notice } from "./notice.ts";
import { factsOf, sentence, subjectLine } from "./wording.ts";

/** The same over the life of an item: readers put into one conversation what has one subject. */
export function subjectOf(notice: Notice): string {
  return `[${notice.gateway}] ${defanged(subjectLine(notice))}`;
}

const hint = "The link only opens the page. Deciding needs a sign-in, and nothing in this mail decides anything.";

/** Each name on a line of its own, so that one written from right to left turns no other around. */
export function textPart(notice: Notice): string {
  const facts = factsOf(notice).map(([label, value]) => `${label}: ${defanged(value)}`);
  return [defanged(sentence(notice)), "", ...facts, "", notice.link, "", hint, ""].join("\n");
}

export function htmlPart(notice: Notice): string {
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
