import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { ActionBinding, HoldSeal } from "../domain/approval.ts";

/** Digest of the binding alone, RFC 8785 form: two calls with the same one are the same call. */
export function callDigest(binding: ActionBinding): string {
  return digest("sallyport-call-v1", binding);
}

/** What people vote on: the binding sealed with a nonce and its first clock. */
export function actionDigest(binding: ActionBinding, seal: HoldSeal): string {
  return digest("sallyport-approval-v1", { binding, seal });
}

function digest(domain: string, value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("a binding must be a JSON value");
  return `sha256:${hash("sha256", `${domain}\0${text}`, "hex")}`;
}
