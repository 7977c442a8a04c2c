import type { Outcome } from "../../domain/decision-record.ts";
import { jsonText } from "../../lib/json.ts";
import { type Instant, instantText, millisecondsText, quoteAscii } from "./decision-line.ts";
import { shortDigest } from "./own-values.ts";
import { type Ingredient, Parts } from "./record-parts.ts";
import { likeText, type RecordText, SharedRecord } from "./shared-record.ts";

/** See `DecisionTexts`. */
const CACHE_CHARS = 500_000;

/** An outcome and when it was. */
export interface EndedCall {
  readonly decisionId: string;
  readonly outcome: Outcome;
  readonly at: Instant;
  /** Milliseconds. */
  readonly duration: number;
}

/**
 * Outcome records that refer to what outcomes before them have alike: all but times, digests and the length of the answer. One of an approval,
 * of a call that was ended or of an answer that could not be read, and the first of its kind have all of their members themselves.
 */
export class OutcomeTexts {
  readonly #kinds = new Parts(CACHE_CHARS);

  of(ended: EndedCall): RecordText {
    return this.#referring(ended) ?? { members: outcomeLine(ended), shared: [] };
  }

  #referring({ decisionId, outcome, at, duration }: EndedCall): RecordText | null {
    const { forwardedDigest, responseDigest, digestOmitted, responseBytes, approvalId, endedBy, detail } = outcome;
    if (approvalId !== null || endedBy !== undefined || detail !== undefined) return null;
    const [sent, came] = [shortDigest(forwardedDigest), shortDigest(responseDigest)];
    const part = this.#kinds.getAgain(kindOf(outcome, sent !== null, came !== null), () => ({
      record: new SharedRecord(kindText(outcome, sent !== null, came !== null), "names"),
      erased: [],
    }));
    if (part === null) return null;
    const answer = digestOmitted === undefined ? `${came ?? quoteAscii(responseDigest)},` : "";
    return {
      shared: [part.record],
      members:
        `,"kind":"outcome","decision_id":"${decisionId}"${likeText([part.record])},"own":[${at.now}` +
        `,${millisecondsText(at.monotonic)},${sent ?? quoteAscii(forwardedDigest)},${answer}${responseBytes},${millisecondsText(duration)}]`,
    };
  }
}

/** Of all that `kindText` writes. */
function kindOf(outcome: Outcome, sent: boolean, came: boolean): Ingredient[] {
  const { kind, status, code, upstreamStatus, obligations, result, credentials, digestOmitted = null } = outcome;
  return [
    ...[kind, status, code, upstreamStatus, digestOmitted, sent, came],
    obligations.length === 0 ? null : JSON.stringify(obligations),
    result === null ? null : JSON.stringify(result),
    credentials === null ? null : JSON.stringify(credentials),
  ];
}

/** `sent`, `came`: the digest of what was sent, and of the answer, is written in its shorter form. */
function kindText(outcome: Outcome, sent: boolean, came: boolean): string {
  const answer = outcome.digestOmitted === undefined ? `,"response_digest":"${came ? "sha256" : "json"}"` : "";
  return (
    `{"timestamp":null,"monotonic_ms":null${membersOf(outcome, '"forwarded_digest":null', responseText(outcome, "null"), "null")}` +
    `,"duration_ms":null,"own":{"timestamp":"time","monotonic_ms":"json","forwarded_digest":"${sent ? "sha256" : "json"}"${answer}` +
    `,"response_bytes":"json","duration_ms":"json"}}`
  );
}

/** See `OutcomeRecord`; as a decision's line is written. */
function outcomeLine({ decisionId, outcome, at, duration }: EndedCall): string {
  const forwarded = `"forwarded_digest":${quoteAscii(outcome.forwardedDigest)}`;
  const response = responseText(outcome, quoteAscii(outcome.responseDigest));
  return (
    `,"kind":"outcome","decision_id":"${decisionId}"${instantText(at)}` +
    `${membersOf(outcome, forwarded, response, String(outcome.responseBytes))},"duration_ms":${millisecondsText(duration)}`
  );
}

function membersOf(outcome: Outcome, forwarded: string, response: string, bytes: string): string {
  const { kind, status, code, detail, upstreamStatus, approvalId, obligations, result, endedBy, credentials } = outcome;
  return (
    `,"outcome":"${kind}","status":${status},"code":${quoteAscii(code)},"upstream_status":${upstreamStatus}` +
    `,${forwarded}${response},"response_bytes":${bytes},"approval_id":${jsonText(approvalId)}` +
    `,"obligations":${obligations.length === 0 ? "[]" : JSON.stringify(obligations)}` +
    (detail === undefined ? "" : `,"detail":${quoteAscii(detail)}`) +
    (result === null ? "" : `,"result":${JSON.stringify(result)}`) +
    (endedBy === undefined ? "" : `,"ended_by":${JSON.stringify(endedBy)}`) +
    (credentials === null ? "" : `,"credentials":${JSON.stringify(credentials)}`)
  );
}

/** A digest that was left out is no null: that stands for an answer that never came. */
function responseText({ digestOmitted }: Outcome, digest: string): string {
  return digestOmitted === undefined ? `,"response_digest":${digest}` : `,"response_digest_omitted":"${digestOmitted}"`;
}
