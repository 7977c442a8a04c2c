import { hash } from "node:crypto";
import type { GrantScope } from "../decision.ts";
import { Refusal } from "../errors.ts";
import type { RequirementFact } from "../facts.ts";
import { foldKey } from "../../lib/look-alike.ts";
import { type JsonObject, type JsonValue, pointerSteps } from "../../lib/json.ts";
import type { ActionBinding } from "./approval.ts";

/**
 * A short-lived permission that an approval issued. It replaces only the approval of later calls; policy is evaluated
 * for each use.
 */
export interface Grant {
  readonly id: string;
  readonly approval_id: string;
  /** The approved call; `scope.same` names the parts of it that a further call must share. */
  readonly binding: ActionBinding;
  readonly scope: GrantScope;
  readonly approvers: readonly string[];
  /** The requirement under which it was given. */
  readonly asked: RequirementFact;
  readonly created: number;
  readonly expires_at: number;
  readonly uses_left: number;
  readonly revoked: { readonly by: string; readonly at: number; readonly reason: string | null } | null;
}

/** Whether `wanted` is no wider than `allowed`. */
export function within(wanted: GrantScope, allowed: GrantScope): boolean {
  if (wanted.uses > allowed.uses || wanted.seconds > allowed.seconds) return false;
  if (wanted.kind !== allowed.kind) return false;
  return allowed.same === "arguments" ? wanted.same === "arguments" : sameIsNarrower(wanted.same, allowed.same);
}

function sameIsNarrower(wanted: GrantScope["same"], allowed: readonly string[]): boolean {
  return wanted === "arguments" || allowed.every((pointer) => wanted.includes(pointer));
}

const alwaysSame = [
  "contract",
  "gateway",
  "subject",
  "acting_for",
  "actors",
  "agent_owner",
  "route",
  "protocol",
  "method",
  "origin",
  "content_type",
  "headers",
  "action",
  "tool",
  "definition_digest",
  "body_digest",
  "beside",
  "sensitivity",
  "reversible",
] as const satisfies readonly (keyof ActionBinding)[];

/** Whether the grant covers a call. */
export function covers(grant: Pick<Grant, "binding" | "scope">, call: ActionBinding): boolean {
  const { binding, scope } = grant;
  if (!alwaysSame.every((field) => equal(binding[field], call[field]))) return false;
  if (scope.kind === "session" && !(call.session === binding.session && call.session_trust === binding.session_trust))
    return false;
  if (scope.kind === "task" && (binding.task === null || call.task !== binding.task)) return false;
  return scope.same === "arguments" ? sameRequest(binding, call) : sameAt(scope.same, binding, call);
}

function sameRequest(one: ActionBinding, other: ActionBinding): boolean {
  return (["path", "query", "arguments"] as const).every((field) => equal(one[field], other[field]));
}

/** Without an argument tree nothing can be compared, so the call does not count as the same. */
function sameAt(pointers: readonly string[], one: ActionBinding, other: ActionBinding): boolean {
  if (one.arguments === null || other.arguments === null) return false;
  const [was, is] = [one.arguments, other.arguments];
  return pointers.every((pointer) => {
    const before = at(was, pointer);
    return before !== undefined && equal(before, at(is, pointer)) && samePlace(pointer, one, other);
  });
}

/**
 * Query and body are one tree to policy, and two places to a tool server: an argument that comes in the query counts as the
 * same only where it came in the query, spelled alike.
 */
function samePlace(pointer: string, one: ActionBinding, other: ActionBinding): boolean {
  const [first] = pointerSteps(pointer);
  const inQuery = ({ query }: ActionBinding) =>
    first === undefined ? query : query.filter(([name]) => rootOf(name) === rootOf(first));
  return equal(inQuery(one), inQuery(other));
}

/** To some frameworks `a[]`, `a[b]` and `a.b` are parts of `a`, and `A` equals `a`. */
function rootOf(name: string): string {
  return foldKey(name).split(/[[.]/, 1)[0] ?? "";
}

/** RFC 6901, own keys only. */
function at(tree: JsonObject, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = tree;
  for (const key of pointerSteps(pointer)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, JsonValue>>)[key];
  }
  return value;
}

/** Equal as JSON values; the order of keys does not matter. */
export function equal(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [a, b] = [Object.entries(one), other as Readonly<Record<string, unknown>>];
  return a.length === Object.keys(b).length && a.every(([key, value]) => Object.hasOwn(b, key) && equal(value, b[key]));
}

/** What a passkey signature of a vote covers: one decision about one held call. */
export interface PasskeyQuestion {
  readonly approval: string;
  readonly actionDigest: string;
  readonly vote: "approve" | "deny";
  /** The permission wider than this one call that goes with an approval; null for once. */
  readonly grant: GrantScope | null;
  /** Chosen by the server, used once. */
  readonly nonce: string;
}

/**
 * The WebAuthn challenge of a vote (https://www.w3.org/TR/webauthn-3/#sctn-cryptographic-challenges): SHA-256 over
 * `sallyport-webauthn-v1`, action digest, approval, decision and nonce, with a zero byte between each two; in base64url.
 * The decision is `approve` or `deny`; a wider permission follows it after a blank, as a JSON list of kind, uses, seconds and same.
 */
export function passkeyChallenge({ approval, actionDigest, vote, grant, nonce }: PasskeyQuestion): string {
  const decision = grant === null ? vote : `${vote} ${permission(grant)}`;
  const text = ["sallyport-webauthn-v1", actionDigest, approval, decision, nonce].join("\0");
  return hash("sha256", text, "base64url");
}

function permission({ kind, uses, seconds, same }: GrantScope): string {
  return JSON.stringify([kind, uses, seconds, same]);
}

/** The call that was executed under an Idempotency-Key of one caller on one route. */
export interface KeyUse {
  /** Whether it is the same call as the current one. */
  readonly same: boolean;
  readonly busy: boolean;
}

/**
 * Refuses a key that was used for another call, for a call in progress, or for a call that was executed
 * (draft-ietf-httpapi-idempotency-key-header §2.6).
 * @throws Refusal idempotency_reused, idempotency_busy, approval_consumed
 */
export function assertUnused(use: KeyUse | null, headers: Readonly<Record<string, string>> = {}): void {
  if (use === null) return;
  if (!use.same) throw new Refusal("idempotency_reused");
  throw new Refusal(use.busy ? "idempotency_busy" : "approval_consumed", { headers });
}
