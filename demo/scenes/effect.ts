import type { HttpAnswer } from "../agent/http-agent.ts";

/** The effect of policy as an HTTP caller can see it; any other answer is named by status and code, so that it matches nothing. */
export function effectOf({ status, body }: HttpAnswer): string {
  if (status >= 200 && status < 300) return body["executed"] === false ? "hold" : "allow";
  if (status === 403 && Array.isArray(body["reasons"]) && body["reasons"].length > 0) return "deny";
  return `${status} ${String(body["code"] ?? "without a code")}`;
}

/** The sentence of a refusal or a pending answer. */
export function sentenceOf({ body }: HttpAnswer): string {
  return String(body["detail"] ?? JSON.stringify(body));
}
