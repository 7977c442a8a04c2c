import type { Refusal } from "../domain/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { ServerConnection } from "./connection.ts";
import type { EventAnswer } from "./event-answer.ts";
import {
  type AnswerMessage,
  errorAnswer,
  type MessageId,
  type NotificationMessage,
  paramsOf,
  progressTokenOf,
  type RequestMessage,
  withParams,
} from "./messages.ts";
import { clientCapabilities, complete, forModernClient, forOlderServer, mayAsk, wantsLog } from "./modern-words.ts";
import type { Member } from "./pending.ts";

interface Leg {
  readonly message: RequestMessage;
  readonly answer: EventAnswer;
  /** Aborted when the answer does not reach the client. */
  readonly signal: AbortSignal;
}

/**
 * One call of a client without a session (MCP 2026-07-28), at a server that knows sessions only. What the server asks ends the leg
 * with `input_required`; the server waits until the client's next leg brings the answers ("Multi Round-Trip Requests").
 */
export class ModernCall implements Member {
  readonly capabilities: JsonObject;
  readonly #connection: ServerConnection;
  readonly #maxUnread: number;
  /** Called when the call waits for its next leg, with the signal of the one before. @returns the state that the client sends back */
  readonly #park: (call: ModernCall, leg: AbortSignal) => string;
  /** Questions that are not answered, by the ids under which the connection knows them. */
  readonly #questions = new Map<number, RequestMessage>();
  #leg: Leg | null = null;
  #outcome: AnswerMessage | Refusal | null = null;

  constructor(
    message: RequestMessage,
    deps: {
      readonly connection: ServerConnection;
      readonly maxUnread: number;
      readonly park: (call: ModernCall, leg: AbortSignal) => string;
    },
  ) {
    this.capabilities = mayAsk(message) ? clientCapabilities(message) : {};
    this.#connection = deps.connection;
    this.#maxUnread = deps.maxUnread;
    this.#park = deps.park;
  }

  /** The first leg: the request goes to the server. @throws Refusal */
  begin(leg: Leg): void {
    this.#follow(leg);
    this.#connection.join(this);
    this.#connection.request(forOlderServer(leg.message), {
      member: this,
      answered: (one) => this.#end(one),
      failed: (refusal) => this.#end(refusal),
    });
  }

  /** The next leg: its answers go to the server, which goes on. */
  goOn(leg: Leg): void {
    this.#follow(leg);
    const { inputResponses: given } = paramsOf(leg.message);
    const responses = isJsonObject(given) ? given : {};
    for (const id of [...this.#questions.keys()]) {
      const result = responses[keyOf(id)];
      if (result === undefined) continue;
      this.#questions.delete(id);
      this.#connection.respond({ jsonrpc: "2.0", id, result }, this);
    }
    if (this.#outcome !== null) this.#end(this.#outcome);
    else if (this.#questions.size > 0) this.#ask();
  }

  tell(message: NotificationMessage | RequestMessage): void {
    const { method, id } = message as RequestMessage;
    if (id !== undefined) {
      this.#questions.set(id as number, message as RequestMessage);
      // A server may ask several things at once.
      setImmediate(() => this.#ask());
    } else if (method === "notifications/progress") this.#progress(message);
    else if (method === "notifications/cancelled") this.#questions.delete(paramsOf(message)["requestId"] as number);
    else if (method === "notifications/message" && this.#leg !== null && wantsLog(this.#leg.message))
      this.#leg.answer.write(message, this.#maxUnread);
  }

  /** Nobody will go on with it. */
  leave(): void {
    this.#connection.leave(this);
  }

  /** To a client of this version, a stream that is closed calls its request off. */
  #follow(leg: Leg): void {
    this.#leg = leg;
    leg.answer.exchange.onCancel = () => {
      if (this.#leg === leg) this.leave();
    };
  }

  #progress(message: NotificationMessage): void {
    const token = this.#leg === null ? undefined : progressTokenOf(this.#leg.message);
    if (token !== undefined) this.#leg?.answer.write(withParams(message, { progressToken: token }), this.#maxUnread);
  }

  #ask(): void {
    const leg = this.#leg;
    if (leg === null || this.#questions.size === 0) return;
    this.#leg = null;
    const inputRequests = Object.fromEntries(
      [...this.#questions].map(([id, { method, params }]) => [keyOf(id), { method, params: params ?? {} }]),
    );
    const asked = { ...complete({}, this.#connection.initialized), resultType: "input_required", inputRequests };
    const requestState = this.#park(this, leg.signal);
    leg.answer.end({ jsonrpc: "2.0", id: leg.message.id, result: { ...asked, requestState } });
  }

  #end(outcome: AnswerMessage | Refusal): void {
    const leg = this.#leg;
    this.#outcome = outcome;
    if (leg === null) return;
    this.#leg = null;
    const { message, answer } = leg;
    if (outcome instanceof Error) answer.exchange.fail(outcome);
    else answer.end({ ...forModernClient(outcome, message, this.#connection.initialized), id: message.id });
    this.leave();
  }
}

function keyOf(id: MessageId): string {
  return `q${id}`;
}

/** What a client gets that goes on with what is not there. */
export function unknownState({ id }: RequestMessage): AnswerMessage {
  return errorAnswer(id, -32_602, "requestState is unknown, used, or of another call; make the call anew");
}
