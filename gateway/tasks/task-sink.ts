import type { ServerResponse } from "node:http";
import type { Exchange } from "../domain/exchange.ts";
import { Refusal } from "../domain/errors.ts";
import { withoutOwnWordsIn } from "../act/results/own-words.ts";
import { BufferSink } from "../act/forward/buffer-sink.ts";
import { findAnswer } from "./answer.ts";

/** Makes the sink of one upstream request, whose answer goes to `res`. */
export function taskSink(res: ServerResponse): NonNullable<Exchange["answerSink"]> {
  return (rpcId, maxBytes) => new TaskSink(res, rpcId, maxBytes);
}

/** Keeps the tool server's answer to a task's call, and hands on the one message that is it. */
class TaskSink extends BufferSink {
  readonly #res: ServerResponse;
  readonly #rpcId: string | number;

  constructor(res: ServerResponse, rpcId: string | number, maxBytes: number) {
    super(maxBytes);
    this.#res = res;
    this.#rpcId = rpcId;
  }

  override end(): void {
    const message = { jsonrpc: "2.0", id: this.#rpcId, ...this.#answer() };
    this.#res.writeHead(this.answer.status, { "Content-Type": "application/json" });
    this.#res.end(JSON.stringify(message));
  }

  #answer(): object {
    const { status, type } = this.answer;
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(this.body);
      const answer = findAnswer(text, type, this.#rpcId);
      if (answer !== null) return withoutOwnWordsIn(answer);
    } catch (cause) {
      throw new Refusal("upstream_answer_refused", { detail: `status ${status}: ${String(cause)}`, cause });
    }
    throw new Refusal("upstream_answer_refused", { detail: `status ${status}, no answer to the request` });
  }
}
