import { eventually } from "../../support/eventually.ts";
import { type Answer, type Caller } from "../approvals/world/caller.ts";
import { type House, withHouse } from "../approvals/world/house.ts";
import { inParallel } from "../approvals/world/in-parallel.ts";
import type { Person } from "../approvals/world/person.ts";
import { Tally } from "../approvals/world/tally.ts";
import { type Check, Failures } from "../check.ts";

const path = "/payments/v1/customers/read";
/** Of each call in the task that limits what is spent. */
const price = "0.1";

/**
 * A task for so many calls is good for exactly so many, also when ten times as many come at once to both processes: by the number of
 * calls, counted in parts of the task, or by what they cost. As many are under way as may be, and a process that is killed gives
 * nothing back that it may have sent.
 */
export const leases: Check = {
  name: "leases",
  full: 10_000,
  quick: 400,
  run: ({ count, progress }) =>
    withHouse({ gateways: 2, catalog: { read_customer: { mutates: false, price: { EUR: price } } } }, async (house) => {
      const people = await Promise.all(house.gateways.map((gateway) => gateway.person()));
      const own = await house.issuer.token({ sub: "refund-bot" });
      const world: World = { house, person: people[0]!, own, count, most: count / 10, failures: new Failures() };
      const tries = [byCalls, byParts, bySpend, underWay, afterKill];
      let done = 0;
      for (const attempt of tries) {
        await attempt(world);
        progress((done += count / tries.length));
      }
      return {
        count,
        failures: world.failures.list(),
        figures: { limit: world.most, executions: house.upstream.executed.length },
      };
    }),
};

interface World {
  readonly house: House;
  readonly person: Person;
  /** The agent's own token. */
  readonly own: string;
  /** Calls that come, and how many of them are good. */
  readonly count: number;
  readonly most: number;
  readonly failures: Failures;
}

async function byCalls(world: World): Promise<void> {
  const task = await openTask(world, { calls: world.most });
  await exactly(world, "calls", [await tokenOf(world, task)], "403 task_used_up");
}

/** Parts have no limit of their own here; each counts in the whole. */
async function byParts(world: World): Promise<void> {
  const task = await openTask(world, { calls: world.most });
  const parts = await Promise.all([openTask(world, {}, task), openTask(world, {}, task)]);
  const tokens = await Promise.all([task, ...parts].map((id) => tokenOf(world, id)));
  await exactly(world, "parts", tokens, "403 task_used_up");
}

async function bySpend(world: World): Promise<void> {
  const task = await openTask(world, { spend: { EUR: String((world.most * 1) / 10) } });
  await exactly(world, "spend", [await tokenOf(world, task)], "403 task_used_up");
}

/** All of them at once, half at each process. */
async function exactly({ house, count, most, failures }: World, item: string, tokens: readonly string[], rest: string) {
  const tally = new Tally();
  const calls = Array.from({ length: count }, (_, at) => at);
  await Promise.all(
    calls.map(async (at) => tally.add(await call(callerAt(house, at), tokens[at % tokens.length]!, item))),
  );
  const executed = house.upstream.count(item);
  if (executed !== most) failures.add(`${item}: ${executed} executions in a task of ${most}`);
  if (tally.of("200") !== most) failures.add(`${item}: ${tally.of("200")} callers were told of a success`);
  for (const other of tally.others(["200", rest])) failures.add(`${item}: unexpected answer ${other}`);
}

/** Twice as many come as may be under way; when these have ended, as many may be again. */
async function underWay(world: World): Promise<void> {
  const { house, most, failures } = world;
  const task = await openTask(world, { concurrent: most });
  const token = await tokenOf(world, task);
  for (const round of ["under-way-1", "under-way-2"]) {
    const held = Promise.withResolvers<void>();
    house.upstream.onExecution = () => held.promise;
    const refused = new Tally();
    const calls = Array.from({ length: most * 2 }, async (_, at) => {
      const answer = await call(callerAt(house, at), token, round);
      if (answer.status !== 200) refused.add(answer);
    });
    await eventually(`all but ${most} are refused`, () => (refused.total >= most ? true : null), 60_000);
    await eventually("the others run", () => (house.upstream.count(round) >= most ? true : null), 60_000);
    held.resolve();
    await Promise.all(calls);
    const executed = house.upstream.count(round);
    if (executed !== most) failures.add(`${round}: ${executed} calls were under way where ${most} may be`);
    for (const other of refused.others(["429 task_busy"])) failures.add(`${round}: unexpected answer ${other}`);
  }
  house.upstream.onExecution = () => undefined;
}

/** What a killed process had counted stays counted, whether or not it had sent it: never one more is executed. */
async function afterKill(world: World): Promise<void> {
  const { house, count, most, failures } = world;
  const [stays, dies] = house.gateways as [House["gateways"][number], House["gateways"][number]];
  const task = await openTask(world, { calls: most });
  const token = await tokenOf(world, task);
  let killing: Promise<void> | null = null;
  house.upstream.onExecution = () => {
    if (house.upstream.count("kill") >= most / 2) killing ??= dies.kill("SIGKILL");
  };
  await inParallel(Array.from({ length: count }, (_, at) => at), 64, async (at) => {
    await call(callerAt(house, at), token, "kill").catch(() => null);
  });
  house.upstream.onExecution = () => undefined;
  await killing;
  await dies.startAgain();
  for (let more = 0; more <= most; more += 1) if ((await call(dies.caller, token, "kill")).status !== 200) break;
  const { body } = await world.person.get(`/api/tasks/${task}`);
  const used = (body["used"] as { readonly calls: number }).calls;
  const executed = house.upstream.count("kill");
  if (used !== most) failures.add(`kill: ${used} of ${most} calls are counted`);
  if (executed > most) failures.add(`kill: ${executed} executions in a task of ${most}`);
  const last = await call(stays.caller, token, "kill");
  if (last.body["code"] !== "task_used_up") failures.add(`kill: afterwards a call is answered ${last.status}`);
}

/** Its id. @throws Error when it is not opened */
async function openTask({ person }: World, limits: object, parent?: string): Promise<string> {
  const agents = [{ subject: "refund-bot", issuer: "https://idp.verify.example" }];
  const whole = { tools: ["payments/*"], agents };
  const wish = { purpose: "Read customers", limits, ...(parent === undefined ? whole : { parent }) };
  const { status, body } = await person.post("/api/tasks", wish);
  if (status !== 201) throw new Error(`no task was opened: ${status} ${JSON.stringify(body)}`);
  return String(body["id"]);
}

/** The agent's token exchanged at the first process; every process takes it. */
async function tokenOf({ house, own }: World, task: string): Promise<string> {
  const answer = await house.gateways[0]!.caller.call({ path: `/tasks/${task}/token`, token: own });
  if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${JSON.stringify(answer.body)}`);
  return String(answer.body["access_token"]);
}

function callerAt({ gateways }: House, at: number): Caller {
  return gateways[at % gateways.length]!.caller;
}

function call(caller: Caller, token: string, item: string): Promise<Answer> {
  return caller.call({ path, token, json: { item } });
}
