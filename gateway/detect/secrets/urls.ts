import type { Span } from "../kinds.ts";
import { isPlaceholder } from "./values.ts";

/** Passwords in URLs, RFC 3986 §3.2.1: connection strings of databases, queues and registries. */
export function findUrlPasswords(text: string): Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    if (!/[a-z][a-z0-9+.-]{1,24}$/i.test(text.slice(Math.max(0, at - 26), at))) continue;
    const login = /^([^\s/@:"'<>]{0,128}):([^\s/@"'<>]{1,256})@[\w[{$-]/.exec(text.slice(at + 3, at + 400));
    const password = login?.[2];
    if (password === undefined || isPlaceholder(password) || /^(?:pass|pw|\[?password\]?|user\w*)$/i.test(password))
      continue;
    const start = at + 3 + (login?.[1] ?? "").length + 1;
    found.push({ start, end: start + password.length });
  }
  return found;
}
