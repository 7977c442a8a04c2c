import { createPublicKey, type JsonWebKey } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import type { Approval } from "../domain/approval.ts";
import type { Clock, Receipts, ReceiptSigner, ReceiptStore, ReleaseFacts, StatementKey } from "../domain/ports.ts";
import { passkeyProblem } from "./vote-checks.ts";

interface ReceiptOptions {
  readonly signer: ReceiptSigner;
  readonly store: ReceiptStore;
  readonly clock: Clock;
  /** Who says so: the gateway's instance name. */
  readonly issuer: string;
  /** Writes it to the decision log as well. */
  readonly note: (approvalId: string, jws: string) => void;
}

/**
 * One compact JWS for each resolution, and one more when the approved call has run. A statement about a digest, who
 * decided it and how; the arguments themselves stay in the store.
 */
export function receipts({ signer, store, clock, issuer, note }: ReceiptOptions): Receipts {
  return {
    issue: async (approval, release) => {
      if (approval.state === "released") return;
      const now = clock.now();
      const jws = signer.sign(receiptClaims(approval, release, issuer, now));
      await store.add(approval.id, now, jws);
      note(approval.id, jws);
    },
  };
}

export interface ReceiptClaims {
  readonly iss: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly approval: string;
  readonly state: Approval["state"];
  readonly action_digest: string;
  readonly call_digest: string;
  readonly tool: string;
  readonly votes: readonly ReceiptVote[];
  readonly require: Approval["requirement"]["require"];
  readonly scope: Approval["requirement"]["scope"];
  readonly rules: readonly string[];
  readonly bundle: { readonly hold: string; readonly release: string | null };
  readonly decision: { readonly hold: string; readonly release: string | null };
  readonly execute_by: string | null;
  readonly consumed_at: string | null;
  readonly outcome: string | null;
  /** What ended access of the caller; absent when the call ended otherwise. */
  readonly ended_by?: Approval["ended_by"];
}

interface ReceiptVote {
  readonly approver: string;
  /** Issuer and subject of the voter, as one JSON text; null for votes from before accounts had an id. */
  readonly account: string | null;
  readonly vote: string;
  readonly reason: string | null;
  readonly at: string;
  readonly method: string;
  readonly evidence: Approval["votes"][number]["evidence"];
  readonly grant: Approval["votes"][number]["grant"];
}

export function receiptClaims(
  approval: Approval,
  release: ReleaseFacts | null,
  issuer: string,
  now: number,
): ReceiptClaims {
  return {
    iss: issuer,
    iat: Math.floor(now / 1_000),
    approval: approval.id,
    state: approval.state,
    action_digest: approval.action_digest,
    call_digest: approval.call_digest,
    tool: approval.binding.tool,
    votes: approval.votes.map(({ approver, account = null, vote, reason, at, method, evidence, grant }) => ({
      approver,
      account,
      vote,
      reason,
      at: iso(at),
      method,
      evidence,
      grant,
    })),
    require: approval.requirement.require,
    scope: approval.requirement.scope,
    rules: [...new Set(approval.reasons.map(({ rule }) => rule))],
    bundle: { hold: approval.revision, release: release?.revision ?? null },
    decision: { hold: approval.decision_id, release: release?.decisionId ?? null },
    execute_by: approval.execute_by === null ? null : iso(approval.execute_by),
    consumed_at: approval.consumed_at === null ? null : iso(approval.consumed_at),
    outcome: approval.outcome,
    ...(approval.ended_by === undefined ? {} : { ended_by: approval.ended_by }),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

type ReceiptFinding =
  | { readonly ok: true; readonly claims: ReceiptClaims; readonly kid: string }
  | { readonly ok: false; readonly problem: string };

/** Checks a receipt against a published key set, and the passkeys in it against their votes, without asking anybody. */
export function verifyReceipt(jws: string, keys: readonly JsonWebKey[]): ReceiptFinding {
  const decoded = jsonwebtoken.decode(jws, { complete: true });
  if (decoded === null) return { ok: false, problem: "it is no compact JWS" };
  const { typ, kid, alg } = decoded.header;
  if (typ !== receiptType) return { ok: false, problem: `its type is ${String(typ)}, not ${receiptType}` };
  if (alg !== "ES256") return { ok: false, problem: `its algorithm is ${alg}, not ES256` };
  const jwk = keys.find((key) => key["kid"] === kid);
  if (jwk === undefined || kid === undefined) return { ok: false, problem: `no key ${String(kid)} is in the key set` };
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const claims = jsonwebtoken.verify(jws, key, { algorithms: ["ES256"] }) as unknown as ReceiptClaims;
    const problem = votesProblem(claims);
    return problem === null ? { ok: true, claims, kid } : { ok: false, problem };
  } catch (failure) {
    return { ok: false, problem: failure instanceof Error ? failure.message : String(failure) };
  }
}

function votesProblem({ approval, action_digest, votes }: ReceiptClaims): string | null {
  if (!Array.isArray(votes)) return "its votes are no list";
  for (const { approver, vote, grant, method, evidence } of votes) {
    if (method !== "passkey" || (vote !== "approve" && vote !== "deny")) continue;
    const problem = passkeyProblem({ approval, actionDigest: action_digest, vote, grant }, evidence);
    if (problem !== null) return `the passkey of ${approver} does not hold: ${problem}`;
  }
  return null;
}

const receiptType = "sallyport-approval+jwt";

type ReceiptKey = ReceiptSigner & Pick<StatementKey, "publicKeys">;

/** The key that signs receipts: of its own, neither that of TLS nor of any other statement. */
export function receiptKey(key: StatementKey): ReceiptKey {
  return { publicKeys: key.publicKeys, sign: (claims) => key.sign(claims, receiptType) };
}
