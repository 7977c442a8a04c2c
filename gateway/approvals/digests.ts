import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { ActionBinding, Approval, HoldSeal } from "../domain/approval.ts";

/** Digest of the binding alone, RFC 8785 form: two calls with the same one are the same call. */
export function callDigest(binding: ActionBinding): string {
  return digest("sallyport-call-v1", binding);
}

/**
 * Digest of what the caller sent. What stands on the gateway's side may change under a held call (the tool's definition,
 * where it is forwarded to, what the operator says of it), and then it is still the call that people were asked about.
 */
export function requestDigest(binding: ActionBinding): string {
  const { origin: _o, definition_digest: _d, sensitivity: _s, reversible: _r, agent_owner: _a, ...sent } = binding;
  return digest("sallyport-request-v1", sent);
}

/** What people vote on: the binding sealed with a nonce and its first clock. */
export function actionDigest(binding: ActionBinding, seal: HoldSeal): string {
  return digest("sallyport-approval-v1", { binding, seal });
}

/** What is stored is what people voted on. */
export function isWhole({ binding, seal, action_digest }: Approval): boolean {
  return actionDigest(binding, seal) === action_digest;
}

function digest(domain: string, value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("a binding must be a JSON value");
  return `sha256:${hash("sha256", `${domain}\0${text}`, "hex")}`;
}
