import { parseExact } from "../lib/json-text.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { McpTask, TaskAnswer } from "../domain/tasks.ts";
import { Refusal } from "../domain/errors.ts";
import { readAnswer } from "./answer.ts";
import { CapturedResponse } from "./captured-response.ts";
import type { TaskOptions } from "./options.ts";
import type { Poll } from "./poll.ts";
import { isEncrypted, renamed, standIn, storedRequest } from "./stored-request.ts";
import { taskSink } from "./task-sink.ts";
import { related } from "./view.ts";

/**
 * The tool server made a task of its own of an approved call, and the caller knows it by our id. Its question goes to the
 * tool server under the other id, as a call like any other: read, identified, judged and recorded.
 */
export async function relay(
  options: TaskOptions,
  { exchange, evaluated, enter }: Poll,
  task: McpTask,
): Promise<TaskAnswer> {
  const { begin } = options;
  const theirs = task.upstream_task ?? "";
  const asked = storedRequest(exchange, evaluated.call);
  const request = renamed(asked, about(asked.body, theirs), theirs);
  const req = standIn(request, isEncrypted(exchange.req));
  const res = new CapturedResponse(req);
  const { connection, req: credentials } = exchange;
  await enter(
    begin({ req, res, answerSink: taskSink(res), connection, credentials, body: request.body, resumed: null }),
  );
  const answer = readAnswer(res.text, request.rpc_id);
  if (answer === null) throw new Refusal("upstream_answer_refused", { detail: "no answer about its own task" });
  return "error" in answer ? answer : { result: ours(answer.result, evaluated.call.action, task.id) };
}

/** The question with the tool server's id in the place of ours. */
function about(body: Buffer, taskId: string): Buffer {
  const message = parseExact(body.toString("utf8")) as JsonObject;
  const params = isJsonObject(message["params"]) ? message["params"] : {};
  return Buffer.from(JSON.stringify({ ...message, params: { ...params, taskId } }));
}

function ours(result: JsonObject, action: string, taskId: string): JsonObject {
  if (action === "tasks/result") return related(result, taskId);
  return "taskId" in result ? { ...result, taskId } : result;
}
