import { setTimeout as sleep } from "node:timers/promises";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { exchange, type Reply } from "./http.ts";
import { type Answer, HookFailure, type LocalCall } from "./local-call.ts";
import type { HookOptions } from "./options.ts";

/** What the gateway is asked with. */
export interface Asking extends Pick<HookOptions, "name" | "through" | "server" | "console" | "waitMs"> {
  readonly token: string;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
}

/** Milliseconds for one answer of the gateway. */
const answerMs = 5_000;
const pollMs = 1_000;

/**
 * Asks about one call. A call that is held waits for people, at most `waitMs`; an approval counts for exactly this call,
 * once. @throws HookFailure when nothing that can be believed was answered
 */
export async function ask(asking: Asking, call: LocalCall): Promise<Answer> {
  const question = questionOf(asking, call);
  const first = await evaluate(asking, question);
  if (first.decision) return { effect: "allow" };
  const access = first.context["access_request"];
  if (!isJsonObject(access)) return { effect: "deny", reason: refusalText(first.context) };
  return waitForPeople(asking, question, first.context, access);
}

/** All that an approval binds: the same call again is the same question. */
function questionOf({ name, server }: Asking, { tool, arguments: args, session, folder }: LocalCall): JsonObject {
  return {
    subject: { type: "agent", id: "self" },
    action: { name: "tools/call" },
    resource: { type: "tool", id: `${server}/${tool}` },
    context: { arguments: args, client: { name, session, folder } },
  };
}

interface Evaluation {
  readonly decision: boolean;
  readonly context: JsonObject;
}

async function evaluate(asking: Asking, question: JsonObject): Promise<Evaluation> {
  const { status, body } = await send(asking, "evaluation", question);
  const { decision, context = {} } = body;
  if (status !== 200) throw new HookFailure(problemText(status, body));
  if (typeof decision !== "boolean" || !isJsonObject(context))
    throw new HookFailure("the gateway has answered without a decision");
  return { decision, context };
}

function send(
  { through, token }: Asking,
  path: string,
  body?: JsonObject,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const url = new URL(`/access/v1/self/${path}`, through.gateway);
  return exchange(url, { token, timeoutMs: answerMs, headers, ...(body === undefined ? {} : { body }) });
}

async function waitForPeople(
  asking: Asking,
  question: JsonObject,
  denial: JsonObject,
  access: JsonObject,
): Promise<Answer> {
  const until = asking.now() + asking.waitMs;
  const { evaluation_id = null } = denial;
  const { expires_at = null, binding_token = null } = access;
  const request = { ...question, denial: { evaluation_id, expires_at, binding_token } };
  let task = taskOf(await send(asking, "requests", request, { "idempotency-key": `"${String(evaluation_id)}"` }));
  while (task.status === "pending" && asking.now() < until) {
    await sleep(Math.min(pollMs, until - asking.now()));
    task = taskOf(await send(asking, `requests/${encodeURIComponent(task.id)}`));
  }
  if (task.status === "pending") return { effect: "deny", reason: heldText(asking, denial, task.id) };
  if (task.status !== "approved" || task.approval === null)
    return { effect: "deny", reason: `${refusalText(denial)} ${task.title}.` };
  const again = await evaluate(asking, withApproval(question, task.approval));
  return again.decision ? { effect: "allow" } : { effect: "deny", reason: refusalText(again.context) };
}

interface Task {
  readonly id: string;
  readonly status: string;
  readonly title: string;
  readonly approval: JsonObject | null;
}

function taskOf({ status, body }: Reply): Task {
  const { task, result } = body;
  if (status >= 300) throw new HookFailure(problemText(status, body));
  if (!isJsonObject(task) || typeof task["id"] !== "string" || typeof task["status"] !== "string")
    throw new HookFailure("the gateway has answered without a task");
  const { id, status: state, display } = task;
  const approval = isJsonObject(result) && isJsonObject(result["approval"]) ? result["approval"] : null;
  const title = isJsonObject(display) ? plain(display["title"]) : "";
  return { id, status: state, title: title === "" ? `It was ${state}` : title, approval };
}

function withApproval(question: JsonObject, approval: JsonObject): JsonObject {
  return { ...question, context: { ...(question["context"] as JsonObject), approval } };
}

function refusalText(context: JsonObject): string {
  return `Blocked by Sallyport: ${reasonsText(context)}.`;
}

function heldText({ console }: Asking, context: JsonObject, id: string): string {
  const place = console === null ? "" : ` at ${console}/approvals/${encodeURIComponent(id)}`;
  return [
    `Held by Sallyport, and not executed: ${reasonsText(context)}.`,
    `A person has to approve exactly this call${place} (or: sallyport approvals approve ${plain(id)}).`,
    "Then repeat the same call unchanged.",
  ].join(" ");
}

/** Each reason with the code that programs know it by. */
function reasonsText(context: JsonObject): string {
  const listed = context["reasons"];
  const reasons = (Array.isArray(listed) ? listed : []).filter(isJsonObject);
  const texts = reasons.slice(0, 3).map(({ code, message }) => `${plain(message)} (${plain(code)})`);
  return texts.length > 0 ? texts.join("; ") : `the policy does not allow this (${plain(context["reason"])})`;
}

function problemText(status: number, body: JsonObject): string {
  if (body["code"] === "route_unknown")
    return "the gateway at this address answers no hooks; its operator has to set authzen.hooks";
  const said = [body["title"], body["detail"], body["code"]].map(plain).filter((text) => text !== "");
  return `the gateway has refused to answer: ${said.length > 0 ? said.join(", ") : `status ${status}`}`;
}

/** One line without control characters: it is shown in a terminal, and read by a model. */
function plain(value: JsonValue | undefined): string {
  return typeof value === "string"
    ? value
        .replace(/\p{C}+/gu, " ")
        .trim()
        .slice(0, 500)
    : "";
}
