import { type IncomingMessage, ServerResponse } from "node:http";
import { BufferSink } from "../act/forward/sinks.ts";
import { errorOfRefusal } from "../act/respond/refusal-wording.ts";
import { withoutGatewayMembers } from "../act/results/server-message.ts";
import { ClientConnection } from "../domain/connections.ts";
import { policyFaults, Refusal } from "../domain/errors.ts";
import type { Exchange, MessageJudge } from "../domain/exchange.ts";
import type { McpTask, TaskAnswer } from "../domain/tasks.ts";
import { within } from "../lib/event-loop.ts";
import { parseExact, isJsonObject, type JsonObject } from "../lib/json.ts";
import { answerTold, errorTold, findAnswer, readAnswer, toldIn, upstreamTaskOf } from "./answer.ts";
import type { TaskDeps } from "./deps.ts";
import type { Poll } from "./poll.ts";
import { isEncrypted, renamed, standIn, storedRequest } from "./stored-request.ts";
import { related } from "./view.ts";

/**
 * Executes the call of a task that people approved, with the credentials of the poll that asks about it: the whole path
 * again, from the first step to the last, with nobody waiting on a connection. Only the one who moves the task on does so,
 * and the approval can be used up only once, whoever tries.
 */
export async function execute(options: TaskDeps, poll: Poll, task: McpTask): Promise<void> {
  const { store, clock, running, process } = options;
  if (running.has(task.id)) return;
  await running.expecting(task.id, async () => {
    if (!(await store.move(task.id, "waiting", { state: "running", process }, clock.now()))) return;
    // Nobody waits for it: whoever polls reads what it came to.
    void running.start(task.id, async (cancelled) => {
      const inner = begun(options, poll.exchange, task, cancelled);
      await poll.enter(inner.exchange);
      await settle(options, task, inner.res, inner.exchange.context.decisionId);
    });
  });
}

function begun({ begin }: TaskDeps, poll: Exchange, task: McpTask, cancelled: AbortSignal) {
  const { request, id, approval } = task;
  const req = standIn(request, isEncrypted(poll.req));
  const res = new CapturedResponse(req);
  const credentials = poll.credentials ?? poll.req;
  return {
    res,
    exchange: begin({
      req,
      res,
      answerSink: taskSink(res),
      connection: ClientConnection.with(cancelled),
      credentials,
      body: request.body,
      task: id,
      resumed: approval,
    }),
  };
}

/** What the call came to. A task that was cancelled meanwhile, or whose call is held once more, stays what it is. */
export async function settle(
  options: TaskDeps,
  task: McpTask,
  res: CapturedResponse,
  decisionId: string,
): Promise<void> {
  const { store, clock } = options;
  const modern = task.request.era === "modern";
  const answer = answerIn(res, task) ?? (await unanswered(options, task, decisionId));
  if (toldIn(answer)?.code === "access_ended") {
    await store.move(task.id, "running", { state: "cancelled", note: accessEnded }, clock.now());
    return;
  }
  if (await isUndone(options, task, answer, res.statusCode)) {
    await store.move(task.id, "running", { state: "waiting" }, clock.now());
    return;
  }
  const upstream_task = upstreamTaskOf(answer, modern);
  const change =
    upstream_task === null
      ? ({ state: "answered", answer: complete(answer, modern, decisionId) } as const)
      : ({ state: "relayed", upstream_task } as const);
  await store.move(task.id, "running", change, clock.now());
}

/** The note of a task that was cut. */
export const accessEnded = "Access ended while the call was under way; whether it was executed is not known.";

/**
 * Nothing was executed for this task, and that is not its end: the approval is there for the next poll when a token or a
 * fault was in the way, and when another try of the same call was first, what comes of that one is the answer.
 */
async function isUndone(
  { holds }: TaskDeps,
  { approval }: McpTask,
  answer: TaskAnswer,
  status: number,
): Promise<boolean> {
  const state = approval === null ? undefined : (await holds.get(approval))?.state;
  const told = toldIn(answer);
  if (state === "approved") return status === 401 || told?.retryable === true || policyFaults.has(told?.code ?? "");
  return state !== undefined && told?.code === "approval_consumed";
}

function answerIn({ text }: CapturedResponse, { request }: McpTask): TaskAnswer | null {
  try {
    return readAnswer(text, request.rpc_id);
  } catch {
    return null;
  }
}

/** The connection to the tool server was cut in the middle of its answer, or the caller cancelled. */
async function unanswered({ holds }: TaskDeps, { approval }: McpTask, decisionId: string): Promise<TaskAnswer> {
  const state = approval === null ? "unknown" : (await holds.get(approval))?.state;
  const code = state === "failed" || state === "approved" ? "internal" : "upstream_broken";
  return errorTold(errorOfRefusal(new Refusal(code), decisionId));
}

/** The tool server wants to ask its caller something, and there is no caller any more who could answer the same call. */
function complete(answer: TaskAnswer, modern: boolean, decisionId: string): TaskAnswer {
  if (!modern || !("result" in answer) || answer.result["resultType"] !== "input_required") return answer;
  const refusal = new Refusal("upstream_answer_refused", { hint: "it asks for input in the middle of a held call" });
  return answerTold(errorOfRefusal(refusal, decisionId), modern);
}

/**
 * The tool server made a task of its own of an approved call, and the caller knows it by our id. Its question goes to the
 * tool server under the other id, as a call like any other: read, identified, judged and recorded.
 */
export async function relay(
  options: TaskDeps,
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

interface Run {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Calls of tasks that this process executes now. Nobody waits for them on a connection, so somebody has to know of them. */
export class Running {
  readonly #runs = new Map<string, Run>();
  readonly #expected = new Set<string>();

  /** While `work` writes that the task runs and starts it: without this it would look deserted to whoever reads it in between. */
  async expecting<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#expected.add(id);
    try {
      return await work();
    } finally {
      this.#expected.delete(id);
    }
  }

  /** `work` must not reject; its signal aborts when the task is cancelled. */
  start(id: string, work: (cancelled: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    const done = work(controller.signal).finally(() => this.#runs.delete(id));
    this.#runs.set(id, { controller, done });
    return done;
  }

  has(id: string): boolean {
    return this.#runs.has(id) || this.#expected.has(id);
  }

  cancel(id: string): void {
    this.#runs.get(id)?.controller.abort();
  }

  /** Resolves when the run has ended, when there is none, after `ms`, or when `signal` aborts. */
  async ended(id: string, ms: number, signal: AbortSignal): Promise<void> {
    const run = this.#runs.get(id);
    if (run !== undefined) await within(run.done, ms, signal);
  }

  /** Resolves when nothing runs any more, or after `ms`. */
  async idle(ms: number): Promise<void> {
    const all = [...this.#runs.values()].map(({ done }) => done);
    if (all.length > 0) await within(Promise.all(all), ms, new AbortController().signal);
  }
}

/** An answer that nobody waits for on a connection: kept, to be looked at when it is whole. */
export class CapturedResponse extends ServerResponse<IncomingMessage> {
  #text = "";

  /** What was written so far. */
  get text(): string {
    return this.#text;
  }

  override write(chunk: unknown): boolean {
    this.#keep(chunk);
    return true;
  }

  override end(chunk?: unknown): this {
    this.#keep(chunk);
    return super.end();
  }

  #keep(chunk: unknown): void {
    if (typeof chunk === "string") this.#text += chunk;
    else if (chunk instanceof Uint8Array) this.#text += Buffer.from(chunk).toString("utf8");
  }
}

/** Makes the sink of one upstream request, whose answer goes to `res`. */
export function taskSink(res: ServerResponse): NonNullable<Exchange["answerSink"]> {
  return (rpcId, maxBytes, judge) => new TaskSink(res, rpcId, maxBytes, judge);
}

/** Keeps the tool server's answer to a task's call, and hands on the one message that is it. */
class TaskSink extends BufferSink {
  readonly #res: ServerResponse;
  readonly #rpcId: string | number;
  readonly #judge: MessageJudge;

  constructor(res: ServerResponse, rpcId: string | number, maxBytes: number, judge: MessageJudge) {
    super(maxBytes);
    this.#res = res;
    this.#rpcId = rpcId;
    this.#judge = judge;
  }

  override async end(): Promise<void> {
    const { status } = this.answer;
    const message = JSON.stringify({ jsonrpc: "2.0", id: this.#rpcId, ...this.#answer() });
    const passed = await this.#judge(message, status);
    this.#res.writeHead(status, { "Content-Type": "application/json" });
    this.#res.end(passed ?? "");
  }

  #answer(): object {
    const { status, type } = this.answer;
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(this.body);
      const answer = findAnswer(text, type, this.#rpcId);
      if (answer !== null) return withoutGatewayMembers(answer);
    } catch (cause) {
      throw new Refusal("upstream_answer_refused", { detail: `status ${status}: ${String(cause)}`, cause });
    }
    throw new Refusal("upstream_answer_refused", { detail: `status ${status}, no answer to the request` });
  }
}
