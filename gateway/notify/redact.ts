import { escapeControls } from "../lib/look-alike.ts";

const most = 300;

/** Words of a far side that may be kept and shown: without the channel's secrets, on one line, and short. */
export function redacted(text: string, secrets: readonly string[]): string {
  // The longest first: one secret may be part of another.
  const without = secrets
    .filter((secret) => secret !== "")
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "[removed]"), text);
  const shown = [...escapeControls(without.replace(/\s+/g, " ").trim())];
  return shown.length > most ? `${shown.slice(0, most - 1).join("")}…` : shown.join("");
}
