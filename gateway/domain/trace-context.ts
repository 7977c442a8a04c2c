import { hash } from "node:crypto";

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
