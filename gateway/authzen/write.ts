import type { ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Refusal } from "../domain/errors.ts";
import type { ServiceAnswer } from "./task.ts";

export function write(res: ServerResponse, { status, headers = {}, body }: ServiceAnswer): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...headers,
  });
  res.end(text);
}

const own = "arap_";

/** A refusal for which the profile has a problem type ("Error Responses", RFC 9457); null for any other. */
export function problemOf({ code, status, sentence }: Refusal): ServiceAnswer | null {
  if (!code.startsWith(own) || code === "arap_callback_refused") return null;
  return {
    status,
    headers: { "Content-Type": "application/problem+json" },
    body: {
      type: `urn:openid:authzen:access-request:error:${code.slice(own.length)}`,
      title: STATUS_CODES[status] ?? "Refused",
      status,
      detail: sentence,
      code,
    },
  };
}
