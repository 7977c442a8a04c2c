import { Refusal } from "../domain/errors.ts";
import { type TaskAnswer, taskOwner } from "../domain/tasks.ts";
import type { TaskOptions } from "./options.ts";
import type { Poll } from "./poll.ts";
import { asItStands } from "./standing.ts";
import { taskObject } from "./view.ts";

const pageSize = 50;

/** The caller's own tasks on this route, newest first; the cursor is the last one shown. @throws Refusal task_unknown */
export function listTasks(options: TaskOptions, { evaluated }: Poll): TaskAnswer {
  const { store, clock } = options;
  const { call, subject } = evaluated;
  const owner = taskOwner(subject, call.route.id);
  const now = clock.now();
  const cursor = call.arguments["cursor"] ?? null;
  if (cursor !== null && (typeof cursor !== "string" || store.get(cursor, owner, now) === null))
    throw new Refusal("task_unknown", { hint: "the cursor" });
  const found = store.list(owner, now, pageSize + 1, cursor);
  const tasks = found.slice(0, pageSize).map((task) => {
    const standing = asItStands(options, task, evaluated.decisionId);
    return taskObject(standing.task, standing.approval, "legacy", call.route);
  });
  const last = found.length > pageSize ? found[pageSize - 1]?.id : undefined;
  return { result: { tasks, ...(last === undefined ? {} : { nextCursor: last }) } };
}
