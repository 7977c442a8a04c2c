import { escapeControls } from "../lib/look-alike.ts";

/** Longer names say nothing more to a person in a hurry, and some far sides refuse long fields. */
const most = 120;

/** A name that somebody else chose, on one line and of bounded length; what hides or moves text shows its number. */
export function inert(name: string): string {
  const characters = [...escapeControls(name)];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : characters.join("");
}

/**
 * For far sides that make links and mentions out of plain text: written so that no program does, and people still read it.
 * The only link of a message is the gateway's own.
 */
export function defanged(text: string): string {
  return text
    .replaceAll("://", "[:]//")
    .replace(/(?<![\p{L}\p{N}]|[\p{L}\p{N}_.-]@)(?:[\p{L}\p{N}_-]+\.)+\p{L}{2,}(?![\p{L}\p{N}])/gu, (host) =>
      host.replaceAll(".", "[.]"),
    )
    .replace(/(?<!\w)@(?=\w)/g, "[@]");
}

/**
 * `{{DATE(…)}}` is read within any text of an adaptive card. No two braces stay side by side, however many there were: a
 * replacement of pairs leaves one of three.
 */
export function withoutBracePairs(text: string): string {
  return text.replace(/\{(?=\{)|\}(?=\})/g, "$& ");
}
