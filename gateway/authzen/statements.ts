import { z } from "zod";
import type { JsonObject } from "../lib/json.ts";
import type { Subject } from "../domain/subject.ts";
import { type Actors, bindingHash, type Bound } from "./bound.ts";
import type { QuestionDeps } from "./deps.ts";

const denialType = "sallyport-authzen-denial+jwt";
const approvalType = "sallyport-authzen-approval+jwt";

const pep = z.object({ iss: z.string(), sub: z.string() });
const common = {
  iss: z.string(),
  aud: z.string(),
  /** Seconds since the epoch. */
  exp: z.number(),
  evaluation_id: z.string(),
  binding_hash: z.string(),
  binding_context_members: z.array(z.string()),
  pep,
};

const denial = z.object({
  ...common,
  jti: z.string(),
  denial_expires_at: z.string(),
  actors: z.array(z.tuple([z.string().nullable(), z.string()])),
});
const approval = z.object({ ...common, approval_id: z.string() });

export type DenialClaims = z.output<typeof denial>;
export type ApprovalClaims = z.output<typeof approval>;

type Signing = Pick<QuestionDeps, "key" | "origin" | "clock">;

export interface DenialStatement {
  readonly evaluation: string;
  readonly bound: Bound;
  readonly actors: Actors;
  readonly pep: Subject;
  readonly jti: string;
  /** RFC 3339; whole seconds. */
  readonly expiresAt: string;
}

/** `binding_token` of the profile: what the denied question was, hashed, and until when it can be requested. */
export function signDenial(deps: Signing, statement: DenialStatement): string {
  const claims: DenialClaims & JsonObject = {
    ...commonClaims(deps, statement),
    exp: Math.floor(Date.parse(statement.expiresAt) / 1_000),
    jti: statement.jti,
    denial_expires_at: statement.expiresAt,
    actors: statement.actors.map(([issuer, id]) => [issuer, id]),
  };
  return deps.key.sign({ ...claims, iat: seconds(deps) }, denialType);
}

export interface ApprovalStatement {
  readonly evaluation: string;
  readonly bound: Bound;
  readonly pep: { readonly issuer: string; readonly id: string };
  readonly approvalId: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** `approval.state` of the profile: which approval, of what, for whom, until when. It is no permission by itself. */
export function signApproval(deps: Signing, statement: ApprovalStatement): string {
  const claims: ApprovalClaims & JsonObject = {
    ...commonClaims(deps, statement),
    exp: Math.floor(statement.until / 1_000),
    approval_id: statement.approvalId,
  };
  return deps.key.sign({ ...claims, iat: seconds(deps) }, approvalType);
}

/** Null for what this decision point did not sign as such, for itself. Times are for the caller to look at. */
export function readDenial(deps: Signing, token: string): DenialClaims | null {
  return ours(deps, denial, deps.key.read(token, denialType));
}

export function readApproval(deps: Signing, token: string): ApprovalClaims | null {
  return ours(deps, approval, deps.key.read(token, approvalType));
}

function ours<Form extends typeof denial | typeof approval>(
  { origin }: Signing,
  form: Form,
  claims: JsonObject | null,
): z.output<Form> | null {
  const { data } = form.safeParse(claims);
  return data !== undefined && data.iss === origin() && data.aud === origin() ? (data as z.output<Form>) : null;
}

type Said = Pick<ApprovalStatement, "evaluation" | "bound" | "pep">;

/** The decision point and the access request service are one here, so each statement is for its own signer. */
function commonClaims({ origin }: Signing, { evaluation, bound, pep }: Said) {
  return {
    iss: origin(),
    aud: origin(),
    evaluation_id: evaluation,
    binding_hash: bindingHash(bound),
    binding_context_members: Object.keys(bound.context),
    pep: { iss: pep.issuer, sub: pep.id },
  };
}

function seconds({ clock }: Signing): number {
  return Math.floor(clock.now() / 1_000);
}
