import type { Person } from "../../support/identity/people-provider.ts";
import { type PeopleGateway, startPeopleGateway } from "../../support/person/people-gateway.ts";
import { type Check, type CheckContext, Failures, type Random, type Tried } from "../check.ts";

/** How often the agent calls for each person in each round. */
const callsEach = 6;

/** One agent acts for many people at once: each call reaches the account of its person, and nobody's once that is disconnected. */
export const persons: Check = {
  name: "persons",
  full: 60,
  quick: 8,
  async run(context) {
    const people = Array.from({ length: context.count }, (_, at) => personOf(at));
    const world = await startPeopleGateway(people);
    try {
      return await judge(world, people, context);
    } finally {
      await world.close();
    }
  },
};

function personOf(at: number): Person {
  return { sub: `u-${at}`, preferred_username: `person-${at}`, email: `p${at}@shop.example`, groups: ["approvers"] };
}

const accountOf = (name: string): string => `${name}@acme`;

async function judge(
  world: PeopleGateway,
  people: readonly Person[],
  { random, progress }: CheckContext,
): Promise<Tried> {
  const failures = new Failures();
  const names = people.map(({ preferred_username: name }) => name);
  let calls = 0;
  const callAll = async (connected: ReadonlySet<string>): Promise<void> => {
    const order = shuffled(
      names.flatMap((name) => Array.from({ length: callsEach }, () => name)),
      random,
    );
    const answers = await Promise.all(order.map(async (name) => ({ name, answer: await world.call(name) })));
    for (const { name, answer } of answers) expectOf(world, name, connected.has(name), answer, failures);
    calls += answers.length;
  };
  for (const name of names) await world.person(name);
  await callAll(new Set());
  for (const [at, name] of names.entries()) {
    progress(at);
    await world.connect(name, accountOf(name));
  }
  await callAll(new Set(names));
  // Every second one leaves while the agent calls for the others.
  const gone = names.filter((_name, at) => at % 2 === 0);
  const stay = names.filter((name) => !gone.includes(name));
  const others = Promise.all(stay.map(async (name) => expectOf(world, name, true, await world.call(name), failures)));
  const statuses = await Promise.all(gone.map((name) => world.disconnect(name)));
  if (statuses.some((status) => status !== 204)) failures.add(`disconnecting was answered ${statuses.join(", ")}`);
  calls += (await others).length;
  await callAll(new Set(stay));
  const told = world.acme.calls.get("/token/revocation") ?? 0;
  if (told !== gone.length) failures.add(`the other side was told of ${told} ends instead of ${gone.length}`);
  return { count: calls, failures: failures.list(), figures: { people: names.length, disconnected: gone.length } };
}

function expectOf(
  { link }: PeopleGateway,
  name: string,
  isConnected: boolean,
  { status, body }: Awaited<ReturnType<PeopleGateway["call"]>>,
  failures: Failures,
): void {
  const { account, code, connect_url: url } = body;
  if (isConnected && (status !== 200 || account !== accountOf(name)))
    failures.add(`a call for ${name} was answered ${status} ${String(account ?? code)}`);
  if (!isConnected && (status !== 403 || code !== "credential_not_connected" || url !== link))
    failures.add(`a call for ${name}, who is not connected, was answered ${status} ${String(account ?? code)}`);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
