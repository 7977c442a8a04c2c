import { type IncomingMessage, ServerResponse } from "node:http";
import { BufferSink } from "../act/forward/sinks.ts";
import { readServerMessage, withoutGatewayMembers } from "../act/results/server-message.ts";
import { Refusal } from "../domain/errors.ts";
import type { Exchange, MessageJudge } from "../domain/exchange.ts";
import type { McpTask } from "../domain/tasks.ts";
import type { AnswerHead } from "../domain/upstream-answer.ts";
import { EventReader } from "../lib/event-stream.ts";
import { isJsonObject, type JsonObject, parseExact } from "../lib/json.ts";
import { findAnswer } from "./answer.ts";
import { asCalled, related } from "./view.ts";

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

/** Is told what the tool server asks its caller in the middle of the call: the message as it may reach the caller, null when it may not. */
type Asked = (question: Promise<string | null>) => void;

/** Makes the sink of one upstream request, whose answer goes to `res`. `asked`: null where nobody could hear a question. */
export function taskSink(res: ServerResponse, asked: Asked | null): NonNullable<Exchange["answerSink"]> {
  return (rpcId, maxBytes, judge) => new TaskSink({ res, asked, rpcId, judge }, maxBytes);
}

interface TaskSinkOptions {
  readonly res: ServerResponse;
  readonly asked: Asked | null;
  readonly rpcId: string | number;
  readonly judge: MessageJudge;
}

/** Keeps the tool server's answer to a task's call, and hands on the one message that is it. */
class TaskSink extends BufferSink {
  readonly #options: TaskSinkOptions;
  readonly #decoder = new TextDecoder();
  #events: EventReader | null = null;

  constructor(options: TaskSinkOptions, maxBytes: number) {
    super(maxBytes);
    this.#options = options;
  }

  override head(head: AnswerHead): void {
    super.head(head);
    if (head.isEventStream) this.#events = new EventReader({ onEvent: ({ data }) => this.#read(data) });
  }

  override data(chunk: Buffer): boolean {
    super.data(chunk);
    this.#events?.feed(this.#decoder.decode(chunk, { stream: true }));
    return true;
  }

  override async end(): Promise<void> {
    const { res, rpcId, judge } = this.#options;
    const { status } = this.answer;
    const message = JSON.stringify({ jsonrpc: "2.0", id: rpcId, ...this.#answer() });
    const passed = await judge(message, status);
    res.writeHead(status, { "Content-Type": "application/json" });
    res.end(passed ?? "");
  }

  /** The answer is looked for at the end; a question has to be heard before. */
  #read(data: string): void {
    if (!data.includes('"method"')) return;
    const { kind } = readServerMessage(data);
    if (kind !== "request") return;
    const { asked, judge } = this.#options;
    if (asked === null) throw new Refusal("task_question_lost");
    const message = withoutGatewayMembers(parseExact(data) as JsonObject);
    asked(judge(JSON.stringify(message), this.answer.status));
  }

  #answer(): object {
    const { status, type } = this.answer;
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(this.body);
      const answer = findAnswer(text, type, this.#options.rpcId);
      if (answer !== null) return withoutGatewayMembers(answer);
    } catch (cause) {
      throw new Refusal("upstream_answer_refused", { detail: `status ${status}: ${String(cause)}`, cause });
    }
    throw new Refusal("upstream_answer_refused", { detail: `status ${status}, no answer to the request` });
  }
}

/** A question of the tool server as its caller gets it: it says which task it belongs to (MCP 2025-11-25, tasks). */
export function ofTask(question: string, task: Pick<McpTask, "id" | "request">): string {
  const message = parseExact(question) as JsonObject;
  const params = isJsonObject(message["params"]) ? message["params"] : {};
  return JSON.stringify(asCalled(task, { ...message, params: related(params, task.id) }));
}
