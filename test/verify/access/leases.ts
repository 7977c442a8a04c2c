import { eventually } from "../../support/eventually.ts";
import { type House, withHouse } from "../approvals/world/house.ts";
import { inParallel } from "../approvals/world/in-parallel.ts";
import { type Check, Failures } from "../check.ts";
import { price, type Said, TaskCalls } from "./world/task-calls.ts";

const options = {
  gateways: 2,
  publicUrl: "https://tools.verify.example",
  catalog: { read_customer: { mutates: false, price: { EUR: price } } },
};

/**
 * A task for so many calls is good for exactly so many, also when ten times as many come at once to both processes and over both
 * protocols: by the number of calls, counted in parts of the task, or by what they cost. As many are under way as may be, and a
 * process that is killed gives nothing back that it may have sent.
 */
export const leases: Check = {
  name: "leases",
  full: 10_000,
  quick: 400,
  run: ({ count, progress }) =>
    withHouse(options, async (house) => {
      const tasks = await TaskCalls.in(house);
      const world: World = { house, tasks, count, most: count / 10, failures: new Failures() };
      const tries = [oneTask, manyTasks, underWay, afterKill];
      let done = 0;
      for (const attempt of tries) {
        await attempt(world);
        progress((done += count / tries.length));
      }
      const figures = { limit: world.most, executions: house.upstream.executed.length };
      return { count: count * 3, failures: world.failures.list(), figures };
    }),
};

interface World {
  readonly house: House;
  readonly tasks: TaskCalls;
  /** Calls that come at once, and how many of them one task is good for. */
  readonly count: number;
  readonly most: number;
  readonly failures: Failures;
}

/** One limit, and who is sent against it. */
interface Attempt {
  readonly item: string;
  /** Of the task, and of parts of it. */
  readonly tokens: readonly string[];
  /** What the rest may be told: the ledger's code, or that of policy, which knows it before. */
  readonly refusedBy: readonly Said[];
}

async function oneTask(world: World): Promise<void> {
  const { tasks, count, most } = world;
  const task = await tasks.open({ calls: most });
  const attempt = { item: "one", tokens: [await tasks.token(task)], refusedBy: byCalls };
  await exactly(world, [attempt], count);
}

const byCalls = ["task_used_up", "TASK_CALLS"];
const bySpend = ["task_used_up", "TASK_SPEND"];

/** Tasks with limits of each kind at the same time: none counts what is another's. */
async function manyTasks(world: World): Promise<void> {
  const { tasks, count, most } = world;
  const euros = (calls: number) => ({ EUR: String((calls * Number(price)).toFixed(1)) });
  const single = async (item: string, limits: object, refusedBy: readonly Said[]): Promise<Attempt> => ({
    item,
    refusedBy,
    tokens: [await tasks.token(await tasks.open(limits))],
  });
  const attempts = await Promise.all([
    single("calls", { calls: most }, byCalls),
    single("spend", { spend: euros(most) }, bySpend),
    single("calls-first", { calls: most, spend: euros(most * 2) }, byCalls),
    single("spend-first", { calls: most * 2, spend: euros(most) }, bySpend),
    partsOf(world),
  ]);
  await exactly(world, attempts, count);
}

/** Parts have no limit of their own here; each counts in the whole. */
async function partsOf({ tasks, most }: World): Promise<Attempt> {
  const task = await tasks.open({ calls: most });
  const parts = [await tasks.open({}, task), await tasks.open({}, task)];
  return {
    item: "parts",
    refusedBy: byCalls,
    tokens: await Promise.all([task, ...parts].map((id) => tasks.token(id))),
  };
}

/** All calls at once, the tasks in turn, half of each at each process. */
async function exactly({ house, tasks, most, failures }: World, attempts: readonly Attempt[], calls: number) {
  const answers = attempts.map(() => new Map<Said, number>());
  await Promise.all(
    Array.from({ length: calls }, async (_, at) => {
      const which = at % attempts.length;
      const turn = Math.floor(at / attempts.length);
      const { item, tokens } = attempts[which]!;
      const said = await tasks.make(turn, tokens[turn % tokens.length]!, item);
      answers[which]!.set(said, (answers[which]!.get(said) ?? 0) + 1);
    }),
  );
  for (const [which, { item, refusedBy }] of attempts.entries()) {
    const { done = 0, ...others } = Object.fromEntries(answers[which]!);
    const executed = house.upstream.count(item);
    if (executed !== most) failures.add(`${item}: ${executed} executions in a task of ${most}`);
    if (done !== most) failures.add(`${item}: ${done} callers were told of a success in a task of ${most}`);
    for (const [said, times] of Object.entries(others))
      if (!refusedBy.includes(said)) failures.add(`${item}: unexpected answer ${said} (${times} times)`);
  }
}

/** No more than the connections that one route keeps to the tool server: all of them can be under way. */
const places = 64;

/** Far more come than may be under way; when these have ended, as many may be again. */
async function underWay({ house, tasks, most, failures }: World): Promise<void> {
  const concurrent = Math.min(most, places);
  const token = await tasks.token(await tasks.open({ concurrent }));
  const coming = most * 2;
  for (const round of ["under-way-1", "under-way-2"]) {
    const held = Promise.withResolvers<void>();
    house.upstream.onExecution = () => held.promise;
    const refused: Said[] = [];
    const calls = Array.from({ length: coming }, async (_, at) => {
      const said = await tasks.make(at, token, round).catch(String);
      if (said !== "done") refused.push(said);
    });
    const [running, others] = [() => house.upstream.count(round), coming - concurrent];
    await eventually("the others are refused", () => (refused.length >= others ? true : null), 60_000);
    await eventually("as many run as may", () => (running() >= concurrent ? true : null), 60_000);
    held.resolve();
    await Promise.all(calls);
    if (running() !== concurrent) failures.add(`${round}: ${running()} were under way where ${concurrent} may be`);
    for (const other of new Set(refused))
      if (other !== "task_busy") failures.add(`${round}: unexpected answer ${other}`);
  }
  house.upstream.onExecution = () => undefined;
}

/** At once at the gateway that is killed and the one that stays. */
const width = 64;

/** What a killed process had counted stays counted, whether or not it had sent it: never one more is executed. */
async function afterKill({ house, tasks, count, most, failures }: World): Promise<void> {
  const { upstream, gateways } = house;
  const task = await tasks.open({ calls: most });
  const token = await tasks.token(task);
  const dies = gateways[1]!;
  const killed = Promise.withResolvers<void>();
  upstream.onExecution = () => {
    if (upstream.count("kill") >= most / 2) killed.resolve(dies.kill("SIGKILL"));
  };
  let broken = 0;
  const calls = Array.from({ length: count }, (_, at) => at);
  const calling = inParallel(calls, width, async (at) => {
    await tasks.make(at, token, "kill").catch(() => (broken += 1));
  });
  await killed.promise;
  upstream.onExecution = () => undefined;
  await dies.startAgain();
  await calling;
  const [used, executed] = [await tasks.used(task), upstream.count("kill")];
  if (used !== most) failures.add(`kill: ${used} of ${most} calls are counted`);
  if (executed > most) failures.add(`kill: ${executed} executions in a task of ${most}`);
  if (executed + broken < most) failures.add(`kill: ${executed} executions and ${broken} broken calls for ${most}`);
  for (const at of [0, 1, 2, 3]) {
    const said = await tasks.make(at, token, "kill");
    if (!byCalls.includes(said)) failures.add(`kill: afterwards a call is answered ${said}`);
  }
}
