import { Refusal } from "../domain/errors.ts";
import type { RequestHeaders } from "./headers.ts";

/** How long the body is: bytes, "chunked" until its last chunk, or 0 for none. */
export type BodyLength = number | "chunked";

const bodiless: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/**
 * The length of the body (RFC 9112 §6.3). Node's parser refuses plain contradictions itself; what it accepts (`,chunked`,
 * `gzip, chunked`, HTTP/1.0 with chunked, odd Expect values, upgrades as ordinary requests) is refused here.
 * @throws Refusal framing_ambiguous, upgrade_refused, header_refused, body_refused, method_refused
 */
export function readFraming(method: string, httpVersion: string, headers: RequestHeaders): BodyLength {
  if (method === "CONNECT" || method === "TRACE") throw new Refusal("method_refused", { hint: method });
  refuseUpgrade(headers);
  const expect = headers.one("expect");
  if (expect !== null && expect !== "100-continue")
    throw new Refusal("header_refused", { hint: "expect is not 100-continue" });
  if (headers.list("trailer") !== null) ambiguous("trailers");
  const length = declaredLength(headers);
  if (length === 0) return 0;
  if (httpVersion !== "1.1") ambiguous(`a body in HTTP/${httpVersion}`);
  if (bodiless.has(method)) throw new Refusal("body_refused", { hint: method });
  return length;
}

/**
 * An upgrade to h2c alone is ignored (RFC 9110 §7.8): Java's client sends one with its first request to any plain-text
 * address, and goes on in HTTP/1.1. Its headers are not forwarded.
 */
function refuseUpgrade(headers: RequestHeaders): void {
  const upgrade = headers.one("upgrade");
  if (upgrade?.toLowerCase() === "h2c") return;
  const connection = headers.list("connection") ?? "";
  if (upgrade !== null || headers.one("http2-settings") !== null || /upgrade|http2-settings/i.test(connection)) {
    throw new Refusal("upgrade_refused");
  }
}

function declaredLength(headers: RequestHeaders): BodyLength {
  const length = headers.one("content-length");
  const coding = headers.one("transfer-encoding");
  if (length !== null && coding !== null) ambiguous("Content-Length beside Transfer-Encoding");
  if (coding !== null) {
    if (coding !== "chunked") ambiguous("Transfer-Encoding is not exactly chunked");
    return "chunked";
  }
  if (length === null) return 0;
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(length)) ambiguous("Content-Length is not a plain number");
  return Number(length);
}

function ambiguous(hint: string): never {
  throw new Refusal("framing_ambiguous", { hint });
}
