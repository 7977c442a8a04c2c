import type { ErrorCode, Refusal } from "../../domain/errors.ts";

/** RFC 8935 §2.4 and SSF 1.0 §8.1.4.1. */
const errors: Partial<Record<ErrorCode, string>> = {
  signal_key: "invalid_key",
  signal_issuer: "invalid_issuer",
  signal_audience: "invalid_audience",
  signal_unauthenticated: "authentication_failed",
  signal_foreign: "access_denied",
  signal_state: "invalid_state",
};

/** A mistake as both ways of delivery tell it: RFC 8935 §2.3 and RFC 8936 §2.6. */
export function setError(refusal: Refusal): { readonly err: string; readonly description: string } {
  return { err: errors[refusal.code] ?? "invalid_request", description: refusal.sentence };
}
