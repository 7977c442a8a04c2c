import { hash } from "node:crypto";

/**
 * The first value of a header in a list as Node has it (`rawHeaders`), by its name in lower case. Node's joined object costs
 * more than all that is asked of it, and hides what was sent twice.
 */
export function firstHeader(raw: readonly string[], name: string): string | undefined {
  for (let at = 0; at < raw.length; at += 2) if (isNamed(raw[at] as string, name)) return raw[at + 1];
  return undefined;
}

/** How often a header was sent, where nothing was dropped or joined yet. */
export function timesSent(raw: readonly string[], name: string): number {
  let count = 0;
  for (let at = 0; at < raw.length; at += 2) if (isNamed(raw[at] as string, name)) count += 1;
  return count;
}

function isNamed(sent: string, name: string): boolean {
  return sent.length === name.length && (sent === name || sent.toLowerCase() === name);
}

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Trace id of a W3C `traceparent` header (https://www.w3.org/TR/trace-context/#traceparent-header); null when absent or malformed. */
export function traceIdOf(traceparent: unknown): string | null {
  return typeof traceparent === "string" ? (form.exec(traceparent)?.[1] ?? null) : null;
}

/** The header that continues a caller's trace towards the tool server: same trace, the decision as parent. Null without one to continue. */
export function continueTrace(traceparent: unknown, decisionId: string): string | null {
  const found = typeof traceparent === "string" ? form.exec(traceparent) : null;
  return found === null ? null : `00-${found[1]}-${hash("sha256", decisionId, "hex").slice(0, 16)}-${found[3]}`;
}
