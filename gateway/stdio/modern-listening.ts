import { subscriptionKey } from "../domain/tool-call.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { ServerConnection } from "./connection.ts";
import type { EventAnswer } from "./event-answer.ts";
import { metaOf, type NotificationMessage, paramsOf, type RequestMessage, withParams } from "./messages.ts";
import { complete } from "./modern-words.ts";
import type { Member } from "./pending.ts";

/** Which option of `subscriptions/listen` asks for which notification. */
const optionOf: Readonly<Record<string, string>> = {
  "notifications/tools/list_changed": "toolsListChanged",
  "notifications/prompts/list_changed": "promptsListChanged",
  "notifications/resources/list_changed": "resourcesListChanged",
};

const mostResources = 256;

/** A client without a session that wants to be told of changes (MCP 2026-07-28, "Subscriptions"). */
export class ModernListening implements Member {
  readonly capabilities = {};
  readonly #message: RequestMessage;
  readonly #answer: EventAnswer;
  readonly #connection: ServerConnection;
  readonly #maxUnread: number;
  readonly #wanted: JsonObject;

  constructor(
    message: RequestMessage,
    answer: EventAnswer,
    { connection, maxUnread }: { readonly connection: ServerConnection; readonly maxUnread: number },
  ) {
    this.#message = message;
    this.#answer = answer;
    this.#connection = connection;
    this.#maxUnread = maxUnread;
    const { notifications } = paramsOf(message);
    this.#wanted = granted(isJsonObject(notifications) ? notifications : {});
  }

  begin(): void {
    const params = { notifications: this.#wanted };
    this.#write({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params });
    this.#connection.join(this);
    this.#answer.exchange.onCancel = () => this.#connection.leave(this);
    for (const uri of this.#resources) {
      const message: RequestMessage = { jsonrpc: "2.0", id: uri, method: "resources/subscribe", params: { uri } };
      this.#connection.request(message, { member: this, answered: () => undefined, failed: () => undefined });
    }
  }

  tell(message: NotificationMessage | RequestMessage): void {
    const { method } = message;
    const option = optionOf[method];
    const isWanted =
      option === undefined
        ? method === "notifications/resources/updated" && this.#resources.includes(String(paramsOf(message)["uri"]))
        : this.#wanted[option] === true;
    if (isWanted) this.#write(message);
  }

  /** The server has ended. */
  ended(): void {
    const { id } = this.#message;
    const result = complete({ _meta: { [subscriptionKey]: id } }, this.#connection.initialized);
    this.#answer.end({ jsonrpc: "2.0", id, result });
  }

  get #resources(): readonly string[] {
    const { resourceSubscriptions } = this.#wanted;
    return Array.isArray(resourceSubscriptions) ? (resourceSubscriptions as string[]) : [];
  }

  #write(message: NotificationMessage): void {
    const meta = { ...metaOf(message), [subscriptionKey]: this.#message.id };
    this.#answer.write(withParams(message, { _meta: meta }), this.#maxUnread);
  }
}

function granted(asked: JsonObject): JsonObject {
  const { resourceSubscriptions } = asked;
  const uris = Array.isArray(resourceSubscriptions)
    ? resourceSubscriptions.filter((uri) => typeof uri === "string").slice(0, mostResources)
    : [];
  const options = Object.values(optionOf).filter((option) => asked[option] === true);
  return {
    ...Object.fromEntries(options.map((option) => [option, true])),
    ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }),
  };
}
