import { asRefusal } from "../../../../gateway/domain/errors.ts";
import type { Quorum } from "../../../../gateway/domain/decision.ts";
import type { Approver, People } from "../../../../gateway/domain/ports.ts";
import { holdRequest, testApprovals } from "../../../support/approvals/test-approvals.ts";
import { binding, requirement, subject, toolCall } from "../../../support/builders.ts";
import { type Check, Failures, type Random } from "../../check.ts";

const roles = ["a", "b", "c"] as const;
const teams = ["red", "blue"] as const;
const requesters = { agent: "bot", person: "pat", owner: "olga" } as const;

interface Account {
  readonly id: string;
  /** Which human it belongs to; two accounts of one share a name. */
  readonly human: string;
  roles: string[];
  teams: string[];
  also: string[];
  gone: boolean;
}

interface Round {
  readonly places: readonly Quorum[];
  readonly ownerCounts: boolean;
  readonly accounts: readonly Account[];
}

/**
 * Random rounds of votes, with people of several accounts, people who are the requester under another name, roles and
 * accounts that go between two votes, and names that are linked only then: approved exactly when it should be.
 */
export const quorum: Check = {
  name: "quorum",
  full: 20_000,
  quick: 500,
  run: async ({ count, random, progress }) => {
    const failures = new Failures();
    const known = new Map<string, Account>();
    const people: People = {
      current: async (id) => {
        const account = known.get(id);
        return account?.gone === false ? { ...account, name: id } : null;
      },
    };
    let approvals = testApprovals({ people, perSubject: 1_000_000 });
    const outcomes = { approved: 0, refused: 0, votes: 0 };
    for (let trial = 0; trial < count; trial++) {
      // What is over is not carried along.
      if (trial % 500 === 499) approvals = testApprovals({ people, perSubject: 1_000_000 });
      const round = roundOf(random);
      known.clear();
      for (const account of round.accounts) known.set(account.id, account);
      const problem = await play(approvals, round, trial, random, outcomes);
      if (problem !== null) failures.add(problem);
      progress(trial);
    }
    return { count, failures: failures.list(), figures: outcomes };
  },
};

function roundOf(random: Random): Round {
  const places = Array.from({ length: 1 + random.below(2) }, () => ({
    role: random.pick(roles),
    count: 1 + random.below(2),
    ...(random.chance(0.3) ? { outside_team: random.pick(teams) } : {}),
  }));
  const accounts = Array.from({ length: 7 }, (_, at) => accountOf(`p${at}`, random));
  return { places, ownerCounts: random.chance(0.5), accounts };
}

function accountOf(id: string, random: Random): Account {
  const human = random.chance(0.15) ? random.pick(Object.values(requesters)) : `h${random.below(6)}`;
  const some = (all: readonly string[], chance: number): string[] => all.filter(() => random.chance(chance));
  return {
    id,
    human,
    roles: some(roles, 0.5),
    teams: some(teams, 0.3),
    also: random.chance(0.8) ? [human] : [],
    gone: false,
  };
}

interface Cast {
  readonly account: Account;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly names: readonly string[];
}

async function play(
  { holds, service }: ReturnType<typeof testApprovals>,
  round: Round,
  trial: number,
  random: Random,
  outcomes: { approved: number; refused: number; votes: number },
): Promise<string | null> {
  const who = subject({
    id: requesters.agent,
    owner: requesters.owner,
    actingFor: { id: requesters.person, claims: {} },
  });
  const item = await holds.open(
    holdRequest({
      binding: binding(toolCall({ arguments: { trial } }), who),
      requirement: {
        ...requirement,
        require: round.places,
        distinct_from: round.ownerCounts ? ["acting_for", "agent_owner"] : ["acting_for"],
      },
    }),
  );
  const cast: Cast[] = [];
  const log: string[] = [JSON.stringify(round)];
  for (let turn = 0; turn < 9; turn++) {
    if (random.chance(0.25)) log.push(change(random.pick(round.accounts), random));
    const account = random.pick(round.accounts.filter(({ gone }) => !gone));
    const wanted = expected(round, cast, account);
    let was: string;
    try {
      was = (await service.vote(item.id, item.action_digest, asApprover(account), { vote: "approve", reason: null }))
        .state;
    } catch (thrown) {
      was = asRefusal(thrown).code;
    }
    log.push(`${account.id} votes: ${was}`);
    outcomes.votes++;
    if (was !== wanted) return `${log.join("; ")} instead of ${wanted}`;
    if (was.startsWith("approval_")) outcomes.refused++;
    if (was !== "approved") continue;
    outcomes.approved++;
    return null;
  }
  return null;
}

/** Between two votes: a role is lost, somebody leaves, or a name turns out to belong to the same human. */
function change(account: Account, random: Random): string {
  switch (random.below(3)) {
    case 0:
      account.roles = account.roles.filter(() => random.chance(0.5));
      break;
    case 1:
      account.gone = random.chance(0.3);
      break;
    default:
      account.also = [account.human];
  }
  return `${account.id} is now ${JSON.stringify(account)}`;
}

function asApprover({ id, roles: held, teams: of, also }: Account): Approver {
  return { id, name: id, roles: [...held], teams: [...of], also: [...also], method: "password", evidence: null };
}

/** The same question answered by trying everything. Adds the vote to `cast` when it counts. */
function expected(round: Round, cast: Cast[], account: Account): string {
  const names = [account.id, ...account.also];
  if (asks(round).some((name) => names.includes(name))) return "approval_self";
  const fitting = round.places.filter(({ role }) => account.roles.includes(role));
  if (fitting.length === 0) return "approval_role";
  if (fitting.every((place) => !fits(place, account))) return "approval_team";
  if (cast.some((vote) => vote.names.some((name) => names.includes(name)))) return "approval_voted";
  cast.push({ account, roles: [...account.roles], teams: [...account.teams], names });
  const counting = cast.flatMap((vote) => {
    const today = vote.account;
    const all = [...vote.names, ...today.also];
    if (today.gone || asks(round).some((name) => all.includes(name))) return [];
    const held = vote.roles.filter((role) => today.roles.includes(role));
    return [{ names: all, roles: held, teams: [...vote.teams, ...today.teams] }];
  });
  // One human with two votes counts under the first of them.
  const firsts = counting.filter(
    (one, at) => !counting.slice(0, at).some((other) => other.names.some((name) => one.names.includes(name))),
  );
  const places = round.places.flatMap((place) => Array.from({ length: place.count }, () => place));
  return canFill(places, firsts) ? "approved" : "held";
}

function asks({ ownerCounts }: Round): string[] {
  return [requesters.agent, requesters.person, ...(ownerCounts ? [requesters.owner] : [])];
}

interface Counting {
  readonly names: readonly string[];
  readonly roles: readonly string[];
  readonly teams: readonly string[];
}

function fits({ role, outside_team }: Quorum, who: Pick<Counting, "roles" | "teams">): boolean {
  return who.roles.includes(role) && (outside_team === undefined || !who.teams.includes(outside_team));
}

/** Every way of seating people. */
function canFill([place, ...rest]: readonly Quorum[], people: readonly Counting[]): boolean {
  if (place === undefined) return true;
  return people.some(
    (one) =>
      fits(place, one) &&
      canFill(
        rest,
        people.filter((other) => other !== one),
      ),
  );
}
