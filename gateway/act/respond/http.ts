import type { ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import { eventText } from "../../lib/event-stream.ts";
import { type CallerError, nextStep } from "./refusal-wording.ts";

/** RFC 9457 problem details; `code`, `decision_id`, `reasons` and `retryable` are extension members. */
export function respondHttp(
  res: ServerResponse,
  told: CallerError,
  extra: Readonly<Record<string, string>> = {},
): number {
  const body = JSON.stringify(problemOf(told));
  return write(res, told.status, "application/problem+json", body, told, extra);
}

/** On an event stream that is cut: an event of the name `error`, with the problem as its data, and the end. */
export function respondOnEventStream(res: ServerResponse, told: CallerError): number {
  res.end(eventText({ event: "error", data: JSON.stringify(problemOf(told)) }));
  return res.statusCode;
}

function problemOf(told: CallerError): object {
  return {
    type: `urn:sallyport:problem:${told.code.toLowerCase()}`,
    title: STATUS_CODES[told.status] ?? "Refused",
    status: told.status,
    detail: told.sentence,
    instance: `urn:sallyport:decision:${told.decisionId}`,
    code: told.code,
    decision_id: told.decisionId,
    reasons: told.reasons,
    retryable: told.retryable,
    executed: told.executed,
    next: nextStep(told),
    ...(told.approval === null ? {} : { approval: addressOf(told.approval) }),
    ...(told.link === undefined ? {} : { connect_url: told.link }),
  };
}

/** A held call: RFC 9110 §15.3.3, with where to look and when; `executed` says what a 2xx does not. */
export function respondHeld(
  res: ServerResponse,
  told: CallerError,
  status: number,
  extra: Readonly<Record<string, string>>,
): number {
  const { approval } = told;
  const body = JSON.stringify({
    status: "pending",
    executed: false,
    detail: told.sentence,
    decision_id: told.decisionId,
    reasons: told.reasons,
    approval: approval === null ? null : addressOf(approval),
    next: "Wait until the approval is given, then send exactly the same request again.",
  });
  const where =
    approval === null ? {} : { Location: `/approvals/${approval.id}`, "Retry-After": String(approval.retryAfterS) };
  return write(res, status, "application/json", body, told, { ...where, ...extra });
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
  told: CallerError,
  extra: Readonly<Record<string, string>>,
): number {
  res.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "Sallyport-Decision": told.decisionId,
    // A tool server can answer with any status and body; this header it cannot send.
    "Sallyport-Outcome": told.outcome,
    ...retryAfter(told),
    ...extra,
  });
  res.end(body);
  return status;
}
