import { unreadable } from "./unreadable.ts";
import type { SimpleCommand, Word } from "./word.ts";

/** The shell's own connections, in redirections too. */
export function devicesIn(command: SimpleCommand): string[] {
  return command.flatMap((word) => {
    const host = /\/dev\/(?:tcp|udp)\/([^/]+)/.exec(word.text)?.[1];
    if (host !== undefined) return [host];
    return isAssigned(word.text) || canBeDevice(word) ? [unreadable(word.text)] : [];
  });
}

/** A variable gets the name of one, or its end. */
function isAssigned(text: string): boolean {
  return /^\w+\+?=(?:\/dev\/(?:tcp|udp)|(?:tcp|udp)\/[^/]+\/\w+)$/.test(text);
}

/** What only the shell knows can make it the name of one. */
function canBeDevice({ text, isOpen, isPattern, isRedirected }: Word): boolean {
  const at = isOpen ? text.search(/[$`]/) : isPattern && isRedirected ? text.indexOf("{") : -1;
  if (at === -1) return false;
  const [before, behind] = [text.slice(0, at), text.slice(at)];
  if (/\/(?:tcp|udp)\//.test(behind) || /\/dev\/(?:t|tc|tcp|u|ud|udp)$/.test(before)) return true;
  const parts = behind.split("/").length;
  if (before.endsWith("/dev/") && parts > (isRedirected ? 1 : 2)) return true;
  return (
    isRedirected && "/dev/".startsWith(before) && /(?:tcp|udp)\/.|\/[^/]+\/(?:\d+|https?|ssh|domain)$/.test(behind)
  );
}
