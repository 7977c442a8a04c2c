import { decisionMeta } from "../act/respond/mcp.ts";
import { errorOfRefusal, isWithheld } from "../act/respond/refusal-wording.ts";
import { judgeKept } from "../act/results/judge-message.ts";
import { isGatewayErrorData } from "../act/results/server-message.ts";
import { Refusal } from "../domain/errors.ts";
import type { McpTask, TaskAnswer } from "../domain/tasks.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { isJsonObject, type JsonObject, parseExact } from "../lib/json.ts";
import { answerOfError } from "./answer.ts";
import type { Poll } from "./poll.ts";
import { statusOf } from "./view.ts";

/**
 * A task as its caller may see it now. What the tool server answered was judged when it came, and is judged again each time that it is
 * given: policy may have become stricter. What is withheld is told in its place. `whole`: all of the answer is shown; else only
 * the text of one that failed.
 */
export async function asJudged({ judge, evaluated }: Poll, task: McpTask, whole: boolean): Promise<McpTask> {
  const { answer } = task;
  const isShown = whole || statusOf(task, "legacy") === "failed";
  if (judge === null || task.state !== "answered" || answer === null || !isShown || isOwn(answer)) return task;
  const known = { tool: toolOf(task, evaluated.call), args: argumentsOf(task, evaluated.call) };
  try {
    const judged: TaskAnswer =
      "error" in answer
        ? { error: await judgeKept(judge, { ...known, content: answer.error, isError: true }) }
        : {
            result: await judgeKept(judge, {
              ...known,
              content: answer.result,
              isError: answer.result["isError"] === true,
            }),
          };
    return { ...task, answer: judged };
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || !isWithheld(thrown)) throw thrown;
    judge.noteWithheld(thrown);
    const error = errorOfRefusal(thrown, evaluated.decisionId);
    return { ...task, answer: answerOfError(error, task.request.era === "modern") };
  }
}

/** What the gateway itself said of the call. A tool server's answer cannot look like it: such members are taken out when it comes. */
function isOwn(answer: TaskAnswer): boolean {
  if ("error" in answer) return isGatewayErrorData(answer.error["data"]);
  const meta = answer.result["_meta"];
  return meta !== undefined && isJsonObject(meta) && Object.hasOwn(meta, decisionMeta);
}

/** `tool` of a task is the id of the resource, `server/tool`. */
export function toolOf({ tool }: Pick<McpTask, "tool">, { route }: ToolCall): string {
  return tool.slice(route.server.length + 1);
}

function argumentsOf({ request }: McpTask, { route }: ToolCall): JsonObject | null {
  if (route.body.policy === "omit") return null;
  const message = parseExact(request.body.toString("utf8"));
  const params = isJsonObject(message) ? message["params"] : undefined;
  const args = params !== undefined && isJsonObject(params) ? params["arguments"] : undefined;
  return args !== undefined && isJsonObject(args) ? args : {};
}
