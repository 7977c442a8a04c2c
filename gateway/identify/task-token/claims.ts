import { Refusal } from "../../domain/errors.ts";
import type { Subject } from "../../domain/subject.ts";
import { deepFreeze, isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { KeyBinding } from "../token/claims.ts";
import { proofOf } from "../token/subject.ts";

/** What a token of a task is made from. */
export interface TaskTokenSource {
  /** The agent, as its own token or certificate proves it. */
  readonly subject: Subject;
  /** `TrustedIssuer.trust` of whoever vouched for it. */
  readonly trust: string;
  /** Thumbprint of the key that signed its token; null when its issuer answers for it in another way. */
  readonly key: string | null;
  /** The key that its own token is bound to, and so this one. */
  readonly binding: KeyBinding | null;
}

/** The claim that has all of the agent: it is the same caller as with its own token, in every record, session and limit. */
const agentClaim = "sallyport_agent";

/** Claims beside those about the token itself: `sub` and `act` (RFC 8693 §4.1), `cnf` (RFC 7800), and the task. */
export function taskTokenClaims({ subject, trust, key, binding }: TaskTokenSource, task: string): JsonObject {
  const { task: _task, expiresAt: _expires, proof: _proof, certificate: _certificate, ...agent } = subject;
  return {
    ...delegationOf(subject),
    ...(subject.clientId === null ? {} : { client_id: subject.clientId }),
    ...(subject.scopes.length === 0 ? {} : { scope: subject.scopes.join(" ") }),
    ...(binding === null ? {} : { cnf: confirmation(binding) }),
    task,
    [agentClaim]: { trust, key, subject: agent as unknown as JsonObject },
  };
}

function delegationOf({ id, actingFor, actorChain }: Subject): JsonObject {
  if (actingFor === null) return { sub: id };
  const actors = actorChain.length === 0 ? [id] : actorChain;
  const act = actors
    .toReversed()
    .reduce<JsonObject | null>((inner, sub) => (inner === null ? { sub } : { sub, act: inner }), null);
  return { sub: actingFor.id, act };
}

function confirmation({ jkt, x5t }: KeyBinding): JsonObject {
  return { ...(jkt === null ? {} : { jkt }), ...(x5t === null ? {} : { "x5t#S256": x5t }) };
}

export interface TaskTokenAgent {
  readonly subject: Subject;
  readonly trust: string;
  readonly key: string | null;
}

/** The agent of a verified token of a task; of what is in it only the shape is looked at. @throws Refusal token_invalid */
export function agentIn(claims: JsonObject, binding: KeyBinding | null, expiresAt: number): TaskTokenAgent {
  const { task, [agentClaim]: agent } = claims;
  const { trust, key, subject } = isJsonObject(agent) ? agent : ({} as JsonObject);
  if (typeof task !== "string" || typeof trust !== "string" || !isJsonObject(subject))
    throw new Refusal("token_invalid", { hint: "it is of no task" });
  const whole = { ...(subject as unknown as Subject), ...proofOf(binding), task, expiresAt };
  return { trust, key: typeof key === "string" ? key : null, subject: deepFreeze(whole) };
}
