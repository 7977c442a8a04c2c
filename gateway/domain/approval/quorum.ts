import type { Quorum } from "../decision.ts";
import { lookKey } from "../../lib/look-alike.ts";
import type { Vote } from "./approval.ts";

/** True when every place is taken by an approving person who fits it; one person takes one place only. */
export function quorumMet(require: readonly Quorum[], votes: readonly Vote[]): boolean {
  return fill(places(require), distinct(votes.filter(({ vote }) => vote === "approve")));
}

/** The places that today's votes leave open, for people to read: as many as would still be needed at best. */
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

/** Each person once, under whichever name they voted first. */
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
 * letters of other scripts and invisible ones make names that only look equal,
 * and whoever is kept out by a name must not come in by its spelling. Who is let in by a name has to spell it exactly.
 */
function sharesName(some: readonly string[], others: readonly string[]): boolean {
  const names = new Set(some.map(lookKey));
  return others.some((name) => names.has(lookKey(name)));
}

/** Small exact matching: the first place is tried with each voter that fits; quorums are a handful of people. */
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
