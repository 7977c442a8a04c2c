import { Refusal } from "../../domain/errors.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { CalledOperation } from "../../domain/tool-call.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { BufferSink } from "../forward/sinks.ts";
import type { ResultCapture } from "../kept/kept-results.ts";
import { writeMcp } from "../respond/mcp.ts";
import type { AnswerJudge } from "./answer-judge.ts";
import { toolResult } from "./operation-result.ts";
import { bodyHeaders } from "./rewritten-head.ts";
import { type Content, mediaType, readAnswerJson, readContent } from "./read-content.ts";

const lengthAlone: ReadonlySet<string> = new Set(["content-length"]);

export interface OperationSinkOptions {
  readonly exchange: Exchange;
  readonly judge: AnswerJudge | null;
  readonly capture: ResultCapture | null;
  readonly operation: CalledOperation;
  /** The last change of the message, such as that it is given once more. */
  readonly rewrite?: (message: JsonObject) => JsonObject;
}

/**
 * The answer of an HTTP operation, which its caller gets as the result of an MCP tool: kept until it is whole, judged as the answer of
 * the operation on its own route would be, and then put into the form of a result.
 */
export class OperationSink extends BufferSink {
  readonly #options: OperationSinkOptions;
  #isStopped = false;

  constructor(options: OperationSinkOptions) {
    super(options.exchange.context.route?.upstream.maxResponseBytes ?? Infinity);
    this.#options = options;
  }

  /** Nothing has been written. */
  stop(): boolean {
    this.#isStopped = true;
    return false;
  }

  override async end(): Promise<void> {
    const { exchange, operation, rewrite = (message: JsonObject) => message } = this.#options;
    const encoding = this.answer.header("content-encoding") ?? "identity";
    if (encoding !== "identity")
      throw new Refusal("upstream_answer_refused", { detail: `content encoding ${encoding}` });
    const { mcp } = exchange.context.call ?? {};
    const { status, type } = this.answer;
    const passed = await this.#passed();
    const result = toolResult({ ...passed, status, type: mediaType(type) }, operation, mcp?.era ?? "legacy");
    const message = rewrite({ jsonrpc: "2.0", id: mcp?.id ?? null, result });
    if (!this.#isStopped) writeMcp(exchange.res, JSON.stringify(message), 200, exchange.context.decisionId);
  }

  /** What of the body may pass, as its bytes and as what was read of it. */
  async #passed(): Promise<{ readonly body: Buffer; readonly content: Content }> {
    const { judge, capture } = this.#options;
    const content = this.#read();
    const value = judge === null ? content.value : await this.#judged(judge, content);
    const isSame = value === content.value;
    const body = isSame ? this.body : Buffer.from(content.kind === "json" ? JSON.stringify(value) : String(value));
    capture?.head(this.answer.status, this.answer.passedOn([], isSame ? lengthAlone : bodyHeaders));
    capture?.data(body);
    return { body, content: isSame ? content : ({ ...content, value } as Content) };
  }

  #read(): Content {
    const { judge } = this.#options;
    const { body } = this;
    if (judge !== null) return judge.read(body, this.answer.type);
    if (body.length === 0) return { kind: "text", value: "" };
    try {
      return readContent(body, this.answer.type, readAnswerJson);
    } catch {
      return { kind: "other", value: null };
    }
  }

  /** @throws Refusal result_blocked, result_undecided, result_unreadable, result_too_large */
  async #judged(judge: AnswerJudge, content: Content): Promise<JsonValue> {
    const { status, type } = this.answer;
    const { length } = this.body;
    const { maxBytes, oversize } = judge.rules;
    if (length > maxBytes) {
      if (oversize === "block") throw new Refusal("result_too_large", { hint: `at most ${maxBytes} bytes` });
      await judge.passUnread();
      return content.value;
    }
    return judge.judge({
      part: "answer",
      status,
      bytes: length,
      is_error: status >= 400,
      content: content.value,
      content_types: type === "" ? [] : [mediaType(type)],
      isReadable: content.kind !== "other",
    });
  }
}
