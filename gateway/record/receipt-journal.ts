import type { Clock, Logger } from "../domain/ports.ts";
import type { LogWriter } from "./log-writer.ts";

interface ReceiptJournalDeps {
  readonly writer: Pick<LogWriter, "keep">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Writes a receipt (compact JWS) and the public key that verifies it (RFC 7517). Never throws. */
export type ReceiptJournal = (approvalId: string, jws: string, key: object | undefined) => void;

/** Writes the receipts of approvals to the decision log too, so that what proves the log proves them. */
export function receiptJournal({ writer, clock, logger }: ReceiptJournalDeps): ReceiptJournal {
  return function note(approvalId, jws, key) {
    const record = {
      kind: "receipt",
      approval_id: approvalId,
      timestamp: new Date(clock.now()).toISOString(),
      jws,
      key,
    };
    // It is in the store: nobody who decides waits for the log.
    writer.keep(`,${JSON.stringify(record).slice(1, -1)}`, (cause) => {
      const error = String(cause);
      logger.error("a receipt could not be written to the decision log", { approval: approvalId, error });
    });
  };
}
