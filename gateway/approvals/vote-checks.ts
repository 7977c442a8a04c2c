import { createPublicKey, hash, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import {
  passkeyChallenge,
  type PasskeyQuestion,
  type Approval,
  type VoteMethod,
  between,
  mayFill,
  quorumMet,
  samePerson,
  type Vote,
} from "../domain/approval.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { ApproverProof } from "../domain/decision.ts";
import { Refusal } from "../domain/errors.ts";
import type { Approver, Attention, AttentionStore, Ballot, Clock, People } from "../domain/ports.ts";
import { parseJson } from "../lib/parse-json.ts";

/** Who may vote on an item. Nobody decides about a call made by or for themselves, and each person counts once. */
export function assertEligible(approval: Approval, approver: Approver): void {
  const { requirement, votes } = approval;
  const person = { approver: approver.name, account: approver.id, also: approver.also };
  if (isRequester(approval, person)) throw new Refusal("approval_self");
  const fitting = requirement.require.filter((place) => place.role !== "" && approver.roles.includes(place.role));
  if (fitting.length === 0) {
    const needed = [...new Set(requirement.require.map(({ role }) => role))].join(", ");
    throw new Refusal("approval_role", { hint: `needed: ${needed}` });
  }
  if (!fitting.some((place) => mayFill(place, approver))) {
    throw new Refusal("approval_team", {
      hint: `not of ${fitting.map((place) => place.outside_team ?? "").join(", ")}`,
    });
  }
  // Who has approved may still deny, until the call is released.
  const counted = approval.state === "approved" ? votes.filter(({ vote }) => vote === "deny") : votes;
  if (counted.some((vote) => samePerson(vote, person))) throw new Refusal("approval_voted");
}

function isRequester(approval: Approval, person: Pick<Vote, "approver" | "account" | "also">): boolean {
  const { protocol, beside } = approval.binding;
  if (protocol === "policy" && beside["account"] === person.account) return true;
  return requesters(approval).some((name) => samePerson(person, { approver: name, also: [] }));
}

/** The agent, the person it acts for and who acted in between always; who answers for the agent when policy asks for that. */
function requesters({ binding, requirement }: Approval): string[] {
  const owner = requirement.distinct_from.includes("agent_owner") ? [binding.agent_owner] : [];
  const names = [binding.subject.id, binding.acting_for, ...owner].filter((name) => name !== null);
  return [...names, ...between(binding)];
}

/**
 * The votes that still count, each with the roles, teams and names that its voter has today. Votes of people who are gone, or who
 * turned out to be the requester, do not count.
 */
export async function votesThatCount(approval: Approval, people: People): Promise<Vote[]> {
  const { votes } = approval;
  const current = await Promise.all(
    votes.map(async ({ account }) => (account === undefined ? null : people.current(account))),
  );
  return votes.flatMap((vote, index) => {
    const today = current[index] ?? null;
    if (vote.account === undefined || today === null) return [];
    const roles = vote.roles.filter((role) => today.roles.includes(role));
    const also = [...new Set([...vote.also, today.name, ...today.also])];
    const person = { approver: vote.approver, account: vote.account, also };
    if (isRequester(approval, person)) return [];
    return [{ ...vote, ...person, roles, teams: [...new Set([...vote.teams, ...today.teams])] }];
  });
}

/** Whether those who approved an item would still be enough of the right people today. */
export async function stillApproved(approval: Approval, people: People): Promise<boolean> {
  return quorumMet(approval.requirement.require, await votesThatCount(approval, people));
}

const hourMs = 3_600_000;

export interface BudgetOptions {
  readonly clock: Clock;
  readonly attention: Attention;
  /** Absent: no limit. */
  readonly budget?: ApproverBudget;
}

export interface ApproverBudget {
  readonly votes: Pick<AttentionStore, "approvalsBetween">;
  /** Calls that one person may approve in any sixty minutes; null for no such limit. */
  readonly perHour: number | null;
}

/**
 * Somebody who has approved this many reads no more; the next one is for other eyes. Denials are never counted.
 * @throws Refusal approval_budget
 */
export async function assertBudget(
  options: BudgetOptions,
  { reasons }: Approval,
  { id, name }: Approver,
): Promise<void> {
  const { budget, clock, attention } = options;
  if (budget === undefined || budget.perHour === null) return;
  const now = clock.now();
  // Votes of a clock that was ahead would be this hour's for years.
  if ((await budget.votes.approvalsBetween(id, now - hourMs, now)) < budget.perHour) return;
  attention.limitReached(
    "budget",
    name,
    reasons.map(({ rule }) => rule),
  );
  throw new Refusal("approval_budget", { hint: `${budget.perHour} an hour` });
}

/** A passkey over the digest also proves that somebody is there now. */
const strength: Readonly<Record<VoteMethod, number>> = {
  token: 0,
  password: 0,
  oidc: 0,
  reauthenticated: 1,
  passkey: 2,
};

const wanted: Readonly<Record<ApproverProof, number>> = { session: 0, reauthenticated: 1, passkey: 2 };

/** @throws Refusal approval_step_up naming the proof that policy asks for */
export function assertProof({ requirement }: Approval, { method }: Approver): void {
  const proof = requirement.proof ?? "session";
  if (strength[method] < wanted[proof]) throw new Refusal("approval_step_up", { hint: proof });
}

/**
 * What is kept as a passkey's evidence holds, for this answer to this item: nobody's word counts for it.
 * @throws Refusal passkey_refused
 */
export function assertEvidence({ id, action_digest }: Approval, { method, evidence }: Approver, ballot: Ballot): void {
  if (method !== "passkey") return;
  const grant = ballot.vote === "approve" ? (ballot.grant ?? null) : null;
  const problem = passkeyProblem({ approval: id, actionDigest: action_digest, vote: ballot.vote, grant }, evidence);
  if (problem !== null) throw new Refusal("passkey_refused", { hint: problem });
}

const userPresent = 0x01;

const userVerified = 0x04;

const flagsAt = 32;

const shortestData = 37;

/**
 * Checks that a passkey signed exactly this vote, from what the vote itself carries: for the service before it counts a vote,
 * and for an auditor with a receipt and no gateway (https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion). It says that this
 * key signed; not whose key it is, and not what a screen showed.
 * @returns what does not hold; null when all does
 */
export function passkeyProblem(vote: Omit<PasskeyQuestion, "nonce">, evidence: JsonObject | null): string | null {
  try {
    return problemOf(vote, evidence ?? {});
  } catch (failure) {
    return `it cannot be read: ${failure instanceof Error ? failure.message : String(failure)}`;
  }
}

function problemOf(vote: Omit<PasskeyQuestion, "nonce">, evidence: JsonObject): string | null {
  const clientData = bytesIn(evidence, "client_data_json");
  const said: unknown = parseJson(clientData.toString());
  const rpId = textIn(evidence, "rp_id");
  if (!isJsonObject(said)) return "its client data is no JSON object";
  if (said["type"] !== "webauthn.get") return "it is no assertion";
  if (said["crossOrigin"] === true) return "it was made in a frame of another site";
  if (!isHostOf(String(said["origin"]), rpId)) return "it was made on another site";
  if (said["challenge"] !== passkeyChallenge({ ...vote, nonce: textIn(evidence, "nonce") }))
    return "its challenge is not that of this vote";
  const data = bytesIn(evidence, "authenticator_data");
  if (data.length < shortestData) return "its authenticator data is too short";
  if (!data.subarray(0, flagsAt).equals(hash("sha256", rpId, "buffer"))) return "it is for another host";
  const flags = data[flagsAt] ?? 0;
  if ((flags & userPresent) === 0 || (flags & userVerified) === 0) return "nobody was verified at the device";
  const signed = Buffer.concat([data, hash("sha256", clientData, "buffer")]);
  const key = createPublicKey({ key: evidence["public_key"] as JsonWebKey, format: "jwk" });
  return verify(digestOf(key), signed, key, bytesIn(evidence, "signature")) ? null : "its signature does not verify";
}

/** ECDSA signatures are in DER there, as node:crypto takes them; Ed25519 hashes by itself. */
function digestOf(key: KeyObject): string | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}

function isHostOf(origin: string, rpId: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === rpId || hostname.endsWith(`.${rpId}`);
}

function textIn(evidence: JsonObject, name: string): string {
  const value = evidence[name];
  if (typeof value !== "string") throw new Error(`${name} is missing`);
  return value;
}

function bytesIn(evidence: JsonObject, name: string): Buffer {
  return Buffer.from(textIn(evidence, name), "base64url");
}
