import type { ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import { eventText } from "../../lib/event-stream.ts";
import { type CallerError, nextStep } from "./refusal-wording.ts";

/** RFC 9457 problem details; `code`, `decision_id`, `reasons` and `retryable` are extension members. */
export function respondHttp(
  res: ServerResponse,
  error: CallerError,
  extra: Readonly<Record<string, string>> = {},
): number {
  const body = JSON.stringify(problemOf(error));
  return write(res, error.status, "application/problem+json", body, error, extra);
}

/** On an event stream that is cut: an event of the name `error`, with the problem as its data, and the end. */
export function respondOnEventStream(res: ServerResponse, error: CallerError): number {
  res.end(eventText({ event: "error", data: JSON.stringify(problemOf(error)) }));
  return res.statusCode;
}

function problemOf(error: CallerError): object {
  return {
    type: `urn:sallyport:problem:${error.code.toLowerCase()}`,
    title: STATUS_CODES[error.status] ?? "Refused",
    status: error.status,
    detail: error.sentence,
    instance: `urn:sallyport:decision:${error.decisionId}`,
    code: error.code,
    decision_id: error.decisionId,
    reasons: error.reasons,
    retryable: error.retryable,
    executed: error.executed,
    next: nextStep(error),
    ...(error.approval === null ? {} : { approval: addressOf(error.approval) }),
    ...(error.link === undefined ? {} : { connect_url: error.link }),
  };
}

/** A held call: RFC 9110 §15.3.3, with where to look and when; `executed` says what a 2xx does not. */
export function respondHeld(
  res: ServerResponse,
  error: CallerError,
  status: number,
  extra: Readonly<Record<string, string>>,
): number {
  const { approval } = error;
  const body = JSON.stringify({
    status: "pending",
    executed: false,
    detail: error.sentence,
    decision_id: error.decisionId,
    reasons: error.reasons,
    approval: approval === null ? null : addressOf(approval),
    next: "Wait until the approval is given, then send exactly the same request again.",
  });
  const where = approval === null ? {} : { Location: `/approvals/${approval.id}`, ...whenDecided(approval) };
  return write(res, status, "application/json", body, error, { ...where, ...extra });
}

function whenDecided({ retryAfterS }: NonNullable<CallerError["approval"]>): Readonly<Record<string, string>> {
  return retryAfterS === undefined ? {} : { "Retry-After": String(retryAfterS) };
}

function addressOf({ id, expiresAt }: NonNullable<CallerError["approval"]>): object {
  return { id, status_url: `/approvals/${id}`, expires_at: new Date(expiresAt).toISOString() };
}

/** Shortly, the very same request may be answered otherwise. */
function retryAfter({ status, code, retryable, retryAfterS }: CallerError): Readonly<Record<string, string>> {
  if (retryAfterS !== null) return { "Retry-After": String(retryAfterS) };
  const soon = retryable && (status === 429 || status === 503);
  return soon || code === "idempotency_busy" || code === "approval_running" ? { "Retry-After": "1" } : {};
}

function write(
  res: ServerResponse,
  status: number,
  type: string,
  body: string,
  error: CallerError,
  extra: Readonly<Record<string, string>>,
): number {
  res.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "Sallyport-Decision": error.decisionId,
    // A tool server can answer with any status and body; this header it cannot send.
    "Sallyport-Outcome": error.outcome,
    ...retryAfter(error),
    ...extra,
  });
  res.end(body);
  return status;
}
