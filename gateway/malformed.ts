import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type ErrorCode, Refusal } from "./domain/errors.ts";
import { outcome, type Outcome } from "./domain/outcome.ts";
import type { Clock, Ids, Logger } from "./domain/ports.ts";
import { decisionOf } from "./act/refuse.ts";
import type { PendingAnswers } from "./pending-answers.ts";
import type { Recordable } from "./record/recordable.ts";
import type { Recorder } from "./record/recorder.ts";

export interface MalformedOptions {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Marks the connection dead: nothing that follows on it is judged or forwarded. */
  readonly poison: (socket: Duplex) => void;
  readonly pending: Pick<PendingAnswers, "afterAnswers">;
}

const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: "header_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
  HPE_UNEXPECTED_CONTENT_LENGTH: "framing_ambiguous",
  HPE_INVALID_TRANSFER_ENCODING: "framing_ambiguous",
  HPE_INVALID_CONTENT_LENGTH: "framing_ambiguous",
};

/** A caller that does not close by itself has read the answer by then. */
const LINGER_MS = 1_000;

/** Answers what Node's own parser refused: recorded like any other refusal, then the connection ends. */
export function malformed(options: MalformedOptions): (error: NodeJS.ErrnoException | Refusal, socket: Duplex) => void {
  return function onClientError(error, socket) {
    options.poison(socket);
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const refusal = error instanceof Refusal ? error : refusalOf(error);
    void record(options, refusal, () => {
      options.pending.afterAnswers(socket, () => answer(socket, refusal));
      return outcome({ kind: "refused", status: refusal.status, code: refusal.code });
    });
  };
}

function refusalOf({ code = "", message }: NodeJS.ErrnoException): Refusal {
  return new Refusal(codes[code] ?? "request_malformed", { detail: `${code}: ${message}` });
}

async function record(
  { recorder, clock, ids, logger }: MalformedOptions,
  refusal: Refusal,
  tell: () => Outcome,
): Promise<void> {
  const trail = {
    decisionId: ids.make("d"),
    route: null,
    call: null,
    subject: null,
    facts: null,
    input: null,
    rpc: null,
  };
  const request: Recordable = { trail, startedAt: clock.monotonic(), req: { method: "", url: "", rawHeaders: [] } };
  try {
    await recorder.recorded(request, decisionOf(refusal), async () => tell());
  } catch (thrown) {
    logger.error("a malformed request could not be recorded", { code: refusal.code, error: String(thrown) });
    tell();
  }
}

function answer(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) return;
  const phrase = STATUS_CODES[refusal.status] ?? "Refused";
  const body = JSON.stringify({
    type: `urn:sallyport:problem:${refusal.code}`,
    title: phrase,
    status: refusal.status,
    detail: refusal.sentence,
    code: refusal.code,
    executed: false,
  });
  const head = `HTTP/1.1 ${refusal.status} ${phrase}\r\nContent-Type: application/problem+json\r\nConnection: close\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () =>
    setTimeout(() => socket.destroy(), LINGER_MS).unref(),
  );
}
