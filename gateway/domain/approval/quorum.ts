import type { Quorum } from "../decision.ts";
import { lookKey } from "../../lib/look-alike.ts";
import type { Vote } from "./approval.ts";

/** True when every required place is filled by a different approving person who is eligible for it. */
export function quorumMet(require: readonly Quorum[], votes: readonly Vote[]): boolean {
  return fill(places(require), distinct(votes.filter(({ vote }) => vote === "approve")));
}

/** Number of places that the current votes leave open, for display: the fewest further votes that could complete the quorum. */
export function placesLeft(require: readonly Quorum[], votes: readonly Vote[]): number {
  const all = places(require);
  const voters = distinct(votes.filter(({ vote }) => vote === "approve"));
  return all.length - mostFilled(all, voters);
}

export function mayFill(place: Quorum, voter: Pick<Vote, "roles" | "teams">): boolean {
  if (!voter.roles.includes(place.role)) return false;
  return place.outside_team === undefined || !sharesName(voter.teams, [place.outside_team]);
}

function places(require: readonly Quorum[]): Quorum[] {
  return require.flatMap((place) => Array.from({ length: place.count }, () => place));
}

/** One vote per person, the first one; two votes are of one person when they share a name. */
function distinct(votes: readonly Vote[]): Vote[] {
  const people: Vote[] = [];
  for (const vote of votes) if (!people.some((other) => samePerson(other, vote))) people.push(vote);
  return people;
}

type Named = Pick<Vote, "approver" | "account" | "also">;

export function samePerson(one: Named, other: Named): boolean {
  if (one.account !== undefined && one.account === other.account) return true;
  return sharesName([one.approver, ...one.also], [other.approver, ...other.also]);
}

/**
 * Providers, tokens and people spell the same name differently (an e-mail address in capitals, é as one character or two), and
 * letters of other scripts and invisible characters make names that only look equal. Names that exclude a person are compared
 * loosely, so that a spelling does not evade the rule; names that grant something must match exactly.
 */
function sharesName(some: readonly string[], others: readonly string[]): boolean {
  const names = new Set(some.map(lookKey));
  return others.some((name) => names.has(lookKey(name)));
}

/** Exact matching by trying each eligible voter for the first place; quorums are a few people. */
function fill([place, ...rest]: readonly Quorum[], voters: readonly Vote[]): boolean {
  if (place === undefined) return true;
  return voters.some(
    (voter) =>
      mayFill(place, voter) &&
      fill(
        rest,
        voters.filter((other) => other !== voter),
      ),
  );
}

function mostFilled([place, ...rest]: readonly Quorum[], voters: readonly Vote[]): number {
  if (place === undefined) return 0;
  const taken = voters
    .filter((voter) => mayFill(place, voter))
    .map(
      (voter) =>
        1 +
        mostFilled(
          rest,
          voters.filter((other) => other !== voter),
        ),
    );
  return Math.max(mostFilled(rest, voters), ...taken);
}
