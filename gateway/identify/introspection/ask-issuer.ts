import type { JsonObject } from "../../lib/json.ts";
import { boundedAnswer } from "../../net/bounded-answer.ts";
import type { IntrospectionSource } from "../trusted-issuer.ts";

const maxBytes = 64 * 1024;

/** One question to the issuer, RFC 7662 §2.1. @throws Error when there is no answer that means anything */
export async function askIssuer(
  source: IntrospectionSource,
  secretOf: (reference: string) => string,
  token: string,
  giveUp: AbortSignal,
): Promise<JsonObject> {
  const secret = secretOf(source.secretReference);
  const response = await fetch(source.endpoint, {
    method: "POST",
    // A redirect would hand the token and the credential to somebody else.
    redirect: "error",
    signal: AbortSignal.any([AbortSignal.timeout(source.timeoutMs), giveUp]),
    headers: {
      accept: "application/json",
      authorization: `Basic ${Buffer.from(`${formEncoded(source.clientId)}:${formEncoded(secret)}`).toString("base64")}`,
    },
    body: new URLSearchParams({ token, token_type_hint: "access_token" }),
  });
  const bytes = await boundedAnswer(response, maxBytes, "the answer");
  if (response.status !== 200) throw new Error(`the answer has status ${response.status}`);
  const answer: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (typeof answer !== "object" || answer === null || Array.isArray(answer))
    throw new Error("the answer is no object");
  if (typeof (answer as JsonObject)["active"] !== "boolean") throw new Error("the answer does not say active");
  return answer as JsonObject;
}

const beforeTheQuestion: ReadonlySet<unknown> = new Set([
  ...["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"],
  ...["UND_ERR_CONNECT_TIMEOUT", "CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
]);

/** Whether there was no connection to send the question on, whichever token it was about. */
export function isConnectFailure(failure: unknown): boolean {
  const { cause } = failure as { readonly cause?: { readonly code?: unknown } };
  return beforeTheQuestion.has(cause?.code);
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
