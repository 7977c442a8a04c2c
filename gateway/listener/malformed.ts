import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { DeadConnections } from "../domain/connections.ts";
import { type ErrorCode, Refusal } from "../domain/errors.ts";
import { newContext } from "../domain/exchange.ts";
import { outcome, type Outcome } from "../domain/decision-record.ts";
import type { Clock, Ids, Logger } from "../domain/ports.ts";
import { decisionOf } from "../act/respond/refuse.ts";
import { refuseRest } from "../parse/body.ts";
import { discardInput, lingeringClose } from "../lib/lingering-close.ts";
import type { PendingAnswers } from "./pending-answers.ts";
import type { Recorder } from "../record/recorder.ts";

export interface MalformedDeps {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Marks the connection dead: nothing that follows on it is judged or forwarded. */
  readonly connections: Pick<DeadConnections, "add">;
  readonly pending: Pick<PendingAnswers, "afterAnswers" | "unfinished">;
}

const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: "header_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
  HPE_UNEXPECTED_CONTENT_LENGTH: "framing_ambiguous",
  HPE_INVALID_TRANSFER_ENCODING: "framing_ambiguous",
  HPE_INVALID_CONTENT_LENGTH: "framing_ambiguous",
};

/** The same codes for faults in the middle of a body. */
const bodyCodes: typeof codes = {
  ERR_HTTP_REQUEST_TIMEOUT: "body_timeout",
  HPE_INVALID_EOF_STATE: "body_incomplete",
};

/** Answers a request for which Node made no response object; `req` when at least its head could be parsed. */
export type Malformed = (error: NodeJS.ErrnoException | Refusal, socket: Duplex, req?: IncomingMessage) => void;

/**
 * Answers requests that Node's own parser refused: each is recorded like any refusal, then the connection is closed. One
 * answer and one record for a connection: where a request cannot be parsed, nothing behind it can.
 */
export function malformed(deps: MalformedDeps): Malformed {
  const faulty = new WeakSet<Duplex>();
  return function onClientError(error, socket, req) {
    deps.connections.add(socket);
    if (error.code === "ECONNRESET" || !socket.writable) return end(error, socket);
    if (faulty.has(socket)) return;
    faulty.add(socket);
    discardInput(socket);
    const unfinished = deps.pending.unfinished(socket);
    // The fault is in the body of a request that has a response object, so that response carries the refusal.
    if (unfinished !== null && refuseRest(unfinished, refusalOf(error, bodyCodes))) return;
    const refusal = refusalOf(error, codes);
    void record(deps, { refusal, req }, (decisionId) => {
      deps.pending.afterAnswers(socket, () => answer(socket, refusal, decisionId));
      return outcome({ kind: "refused", status: refusal.status, code: refusal.code });
    });
  };
}

/** Nothing can be answered: the other side is gone, or has its last answer. */
function end({ code }: { readonly code?: string | undefined }, socket: Duplex): void {
  if (code === "ECONNRESET") socket.destroy();
  else lingeringClose(socket);
}

function refusalOf(error: NodeJS.ErrnoException | Refusal, known: typeof codes): Refusal {
  if (error instanceof Refusal) return error;
  const { code = "", message } = error;
  const hint = message.replace(/^Parse Error:? ?/, "");
  return new Refusal(known[code] ?? "request_malformed", {
    detail: `${code}: ${message}`,
    ...(hint === "" ? {} : { hint }),
  });
}

const nothing = { method: "", url: "", rawHeaders: [] };

async function record(
  { recorder, clock, ids, logger }: MalformedDeps,
  { refusal, req }: { readonly refusal: Refusal; readonly req: IncomingMessage | undefined },
  respond: (decisionId: string) => Outcome,
): Promise<void> {
  const context = newContext({
    decisionId: ids.make("d"),
    request: req ?? nothing,
    startedAt: clock.monotonic(),
  });
  try {
    await recorder.record(context, decisionOf(refusal), async () => respond(context.decisionId));
  } catch (thrown) {
    logger.error("a malformed request could not be recorded", { code: refusal.code, error: String(thrown) });
    respond(context.decisionId);
  }
}

function answer(socket: Duplex, refusal: Refusal, decisionId: string): void {
  if (!socket.writable) return;
  const phrase = STATUS_CODES[refusal.status] ?? "Refused";
  const body = JSON.stringify({
    type: `urn:sallyport:problem:${refusal.code}`,
    title: phrase,
    status: refusal.status,
    detail: refusal.sentenceForCaller,
    code: refusal.code,
    decision_id: decisionId,
    executed: false,
  });
  const headers = {
    "Content-Type": "application/problem+json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
    "Sallyport-Decision": decisionId,
    "Sallyport-Outcome": "deny",
    ...refusal.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${refusal.status} ${phrase}\r\n${lines.join("")}\r\n${body}`);
  lingeringClose(socket);
}
