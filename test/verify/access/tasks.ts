import { type Check, Failures, type Tried } from "../check.ts";
import type { Answer } from "../approvals/world/caller.ts";
import { type AccessHouse, planner, tasksAudience, withHouse } from "./world/house.ts";
import { LateCallers } from "./world/late-callers.ts";
import { openScene } from "./world/scene.ts";
import { judgeLate, judgeScene } from "./world/verdict.ts";

const amountsOf = (calls: number) => ({ calls, held: calls, streams: Math.ceil(calls / 2) });

/** An orchestrator closes a task: all that is open in it ends in both processes, and nothing of it begins afterwards. */
export const close: Check = {
  name: "close",
  full: 200,
  quick: 20,
  run: ({ count }) =>
    withHouse(2, async (house) => {
      const { task, token } = await openTask(house, "closed-bot", { time: "1h" });
      const failures = new Failures();
      const scene = await openScene(house, "closed", token, amountsOf(count));
      const callers = new LateCallers(house, "closed", token);
      const began = performance.now();
      await asPlanner(house, `/tasks/${task}/close`, { reason: "the proof" }, 200);
      const end = { at: performance.now(), by: { kind: "task" as const, id: task } };
      const late_calls = await judgeLate(house, callers, end, failures);
      const figures = { ...(await judgeScene(house, scene, end, failures)), late_calls };
      return tried(count, failures, { ...figures, answer_ms: Math.round(end.at - began) });
    }),
};

/** Long enough to open everything on a busy machine, with so many milliseconds for each call. */
const setUpMs = 8_000;
const eachMs = 60;

/** The time of a task is over: the same, without anybody asking. */
export const taskExpires: Check = {
  name: "task-expires",
  full: 200,
  quick: 20,
  run: ({ count }) =>
    withHouse(2, async (house) => {
      const until = Date.now() + setUpMs + count * eachMs;
      const { task, token } = await openTask(house, "expiring-bot", { until: new Date(until).toISOString() });
      const failures = new Failures();
      const scene = await openScene(house, "expiring", token, amountsOf(count));
      const at = performance.now() + until - Date.now();
      if (performance.now() >= at) throw new Error("the task's time was over before everything was open");
      const end = { at, by: { kind: "task" as const, id: task } };
      return tried(count, failures, { ...(await judgeScene(house, scene, end, failures)) });
    }),
};

function tried(count: number, failures: Failures, figures: Readonly<Record<string, number>>): Tried {
  const { calls, held, streams } = amountsOf(count);
  return { count: calls + held + streams, failures: failures.list(), figures };
}

/** A task for one agent, and the token with which its issuer lets it act in there. */
async function openTask(
  house: AccessHouse,
  agent: string,
  limits: object,
): Promise<{ readonly task: string; readonly token: string }> {
  const wish = { purpose: "The proof", tools: ["payments/*"], agents: [agent], limits };
  const { body } = await asPlanner(house, "/tasks", wish, 201);
  const task = String(body["id"]);
  return { task, token: await house.issuer.token({ sub: agent, task }) };
}

/** @throws Error for any other answer than `status` */
async function asPlanner(
  { gateways, issuer }: AccessHouse,
  path: string,
  json: object,
  status: number,
): Promise<Answer> {
  const token = await issuer.token({ sub: "planner", client_id: planner, scope: "tasks" }, { to: tasksAudience });
  const answer = await gateways[0]!.caller.call({ path, token, json });
  if (answer.status !== status) throw new Error(`${path} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}
