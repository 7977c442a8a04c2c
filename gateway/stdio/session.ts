import {
  type JSONRPCMessage,
  type MessageExtraInfo,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { Refusal } from "../domain/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { ServerConnection } from "./connection.ts";
import { RecentEvents } from "./event-store.ts";
import type { BridgeExchange } from "./exchange.ts";
import { offeredTo } from "./initialize.ts";
import {
  type AnswerMessage,
  errorAnswer,
  kindOf,
  type NotificationMessage,
  paramsOf,
  type RequestMessage,
} from "./messages.ts";
import type { Member, Pending } from "./pending.ts";

export const sessionVersions = ["2025-11-25", "2025-06-18", "2025-03-26"];

export interface SessionOptions {
  readonly id: string;
  /** Whose it is. */
  readonly principal: string;
  /** Names the place of its tool server. */
  readonly slot: string;
  /** Parameters of the client's `initialize`. */
  readonly initialize: JsonObject;
  /** Whether its tool server has no other session. */
  readonly isAlone: boolean;
  /** Whether others share its tool server, who must not see its tasks. */
  readonly withoutTasks: boolean;
  /** What may wait until the client reads it, in bytes. */
  readonly maxUnread: number;
  readonly onClosed: (session: BridgeSession) => void;
}

/** Speak of one client; where several share a tool server, of none. */
const ofOneClient: ReadonlySet<string> = new Set(["notifications/initialized", "notifications/roots/list_changed"]);

/** One session of a client that speaks Streamable HTTP (MCP 2025-03-26 to 2025-11-25), at a connection to its tool server. */
export class BridgeSession implements Member {
  readonly capabilities: JsonObject;
  readonly options: SessionOptions;
  readonly #transport: WebStandardStreamableHTTPServerTransport;
  /** By the request of each message, what it is answered by and over what it goes. */
  readonly #during = new WeakMap<
    Request,
    { readonly exchange: BridgeExchange; readonly connection: ServerConnection | null }
  >();
  readonly #exchanges = new WeakMap<Pending, BridgeExchange>();
  #stream: BridgeExchange | null = null;

  constructor(options: SessionOptions) {
    this.options = options;
    const { capabilities } = options.initialize;
    this.capabilities = isJsonObject(capabilities) ? capabilities : {};
    this.#transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => options.id,
      eventStore: new RecentEvents(),
      supportedProtocolVersions: sessionVersions,
      // The gateway's own listener keeps its connections.
      keepAliveMs: 0,
    });
    this.#transport.onmessage = (message, extra) => this.#receive(message, extra);
    this.#transport.onclose = () => options.onClosed(this);
  }

  /** Answers one HTTP request of the session. `connection`: null where the message needs none. @throws Refusal */
  async handle(
    request: Request,
    body: unknown,
    connection: ServerConnection | null,
    exchange: BridgeExchange,
  ): Promise<Response> {
    this.#during.set(request, { exchange, connection });
    if (request.method === "GET") this.#stream = exchange;
    connection?.join(this);
    return exchange.answer(await this.#transport.handleRequest(request, body === null ? {} : { parsedBody: body }));
  }

  tell(message: NotificationMessage | RequestMessage, about: Pending | null): void {
    const exchange = about === null ? this.#stream : (this.#exchanges.get(about) ?? null);
    if (exchange !== null && !this.#hasRoom(exchange, message)) return;
    void this.#send(message, about === null ? {} : { relatedRequestId: about.id });
  }

  /** Ends the session: its streams end, and its id is unknown from then on. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** What a client does not read is left out, rather than kept without a limit. */
  #hasRoom(exchange: BridgeExchange, message: object): boolean {
    if (!exchange.isOpen) return true;
    const { length } = JSON.stringify(message);
    if (exchange.unread + length > this.options.maxUnread) return false;
    exchange.unread += length;
    return true;
  }

  #receive(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    const during = extra?.request === undefined ? undefined : this.#during.get(extra.request);
    const read = kindOf(message);
    if (read === null || during === undefined) return;
    const { connection, exchange } = during;
    if (read.kind === "request") return this.#request(read.message, connection, exchange);
    if (connection === null) return;
    if (read.kind === "answer") return connection.respond(read.message, this);
    if (ofOneClient.has(read.message.method) && !this.options.isAlone) return;
    connection.notify(read.message, this);
  }

  #request(message: RequestMessage, connection: ServerConnection | null, exchange: BridgeExchange): void {
    if (connection === null) return exchange.fail(new Refusal("upstream_not_started"));
    if (message.method === "initialize") return this.#answer(this.#initialized(message, connection), exchange);
    if (this.options.withoutTasks && isOfTasks(message))
      return this.#answer(
        errorAnswer(message.id, -32_601, "the callers of this tool server share it, and it has no tasks"),
        exchange,
      );
    const pending = {
      member: this,
      answered: (answer: AnswerMessage) => this.#answer(answer, exchange),
      failed: (refusal: Refusal) => this.#fail(message, exchange, refusal),
    };
    try {
      connection.request(message, pending, (made) => this.#exchanges.set(made, exchange));
    } catch (thrown) {
      this.#fail(message, exchange, thrown as Refusal);
    }
  }

  #initialized(message: RequestMessage, connection: ServerConnection): AnswerMessage {
    const { protocolVersion } = paramsOf(message);
    const { isAlone, withoutTasks } = this.options;
    const result = offeredTo(connection.initialized, String(protocolVersion), { isAlone, withoutTasks });
    return { jsonrpc: "2.0", id: message.id, result };
  }

  #answer(answer: AnswerMessage, exchange: BridgeExchange): void {
    const { length } = JSON.stringify(answer);
    if (exchange.isOpen) exchange.unread += length;
    void this.#send(answer, {});
  }

  /** Whoever waits is told by the gateway; for a client that comes back for the answer there is one in the stream. */
  #fail({ id }: RequestMessage, exchange: BridgeExchange, refusal: Refusal): void {
    exchange.fail(refusal);
    void this.#send(errorAnswer(id, -32_603, `${refusal.sentence} [${refusal.code}]`), {});
  }

  /** What can no more be delivered is for nobody. */
  async #send(message: object, options: { relatedRequestId?: string | number }): Promise<void> {
    await this.#transport.send(message as JSONRPCMessage, options).catch(() => undefined);
  }
}

function isOfTasks(message: RequestMessage): boolean {
  return message.method.startsWith("tasks/") || Object.hasOwn(paramsOf(message), "task");
}
