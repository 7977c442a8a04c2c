import { Refusal } from "../domain/errors.ts";
import type { Clock } from "../domain/ports.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { AskedRequests, capabilityOf } from "./asked.ts";
import type { ServerTransport } from "./line-transport.ts";
import {
  type AnswerMessage,
  type ClearMessage,
  errorAnswer,
  idKey,
  type Message,
  type MessageId,
  type NotificationMessage,
  paramsOf,
  progressTokenOf,
  type ReadMessage,
  renumbered,
  type RequestMessage,
  withParams,
} from "./messages.ts";
import { type Member, type Pending, PendingRequests } from "./pending.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface ConnectionDeps {
  readonly clock: Pick<Clock, "monotonic">;
  /** Ids for requests of the server as its clients see them; never the same twice, also after a restart. */
  readonly nextAsked: () => number;
  /** Whether all members are one session's or one person's: what the server says without a request is for all of them. */
  readonly isOnes: boolean;
  /** In the place of the usual time, in milliseconds. */
  readonly calledOffMs?: number;
  /** A fault of the server, for the log. */
  readonly onFault: (what: string) => void;
}

/** Requests that may wait for their answers at once. */
const mostPending = 1_000;
/** Messages in one second that belong to nothing; whoever sends more is ended. */
const mostUnasked = 2_000;
/** Resources that clients are subscribed to at once. */
const mostSubscriptions = 10_000;
const invalidRequest = -32_600;
const methodNotFound = -32_601;
const internalError = -32_603;

/**
 * One connection to a tool server for one client or many. Ids and tokens of progress are the connection's own on the server's side
 * and the client's own on the client's, so that no client gets an answer or a question of another.
 */
export class ServerConnection {
  /** What the server answered to `initialize`. */
  initialized: JsonObject = {};
  readonly #transport: ServerTransport;
  readonly #deps: ConnectionDeps;
  readonly #pending: PendingRequests;
  readonly #subscriptions = new Subscriptions();
  readonly #members = new Set<Member>();
  readonly #asked: AskedRequests;
  #end: string | null = null;
  #unasked = { since: 0, count: 0 };
  #faults = new Set<string>();

  constructor(transport: ServerTransport, deps: ConnectionDeps, onEnd: (why: string) => void) {
    this.#transport = transport;
    this.#deps = deps;
    this.#pending = new PendingRequests(deps.clock);
    this.#asked = new AskedRequests(deps.nextAsked);
    transport.onMessage = (read) => this.#receive(read);
    transport.onNoise = () => this.#noise("it wrote what is no JSON-RPC message");
    transport.onEnd = (why) => {
      this.#close(why);
      onEnd(why);
    };
  }

  /** Whether calls are under way, or somebody waits to be told of changes. */
  get isBusy(): boolean {
    return this.#pending.size > 0 || this.#subscriptions.size > 0;
  }

  get isEnded(): boolean {
    return this.#end !== null;
  }

  /** The handshake. @throws Refusal upstream_ended, Error when the server does not want to */
  async initialize(params: JsonObject): Promise<JsonObject> {
    const answer = await this.#own("initialize", params);
    // The server's own words may hold its secrets.
    if (!isJsonObject(answer["result"])) throw new Error("it answered initialize with an error");
    this.initialized = answer["result"];
    return this.initialized;
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  /** A client that has left: its requests are called off, and nothing is told to it any more. */
  leave(member: Member): void {
    if (!this.#members.delete(member) || this.#end !== null) return;
    for (const requestId of this.#pending.leave(member)) this.#say("notifications/cancelled", { requestId });
    for (const id of this.#asked.leave(member)) this.#trySend(errorAnswer(id, internalError, "the client has left"));
    for (const uri of this.#subscriptions.leave(member))
      void this.#own("resources/unsubscribe", { uri }).catch(() => undefined);
  }

  /**
   * Sends a client's request. Whatever comes of it is told to `pending`; `onMade` is given what messages about it will name.
   * @throws Refusal upstream_busy, upstream_ended
   */
  request(
    message: RequestMessage,
    asked: Pick<Pending, "member" | "answered" | "failed">,
    onMade: (pending: Pending) => void = () => undefined,
  ): void {
    if (this.#end !== null) throw ended(this.#end);
    if (this.#pending.isFull(mostPending))
      throw new Refusal("upstream_busy", { hint: `${mostPending} calls are under way` });
    if (asked.member !== null && this.#answersItself(message, asked.member, asked.answered)) return;
    const pending = { ...asked, id: message.id, progressToken: progressTokenOf(message) };
    onMade(pending);
    const id = this.#pending.add(pending);
    try {
      this.#transport.send(renumbered(message, id));
    } catch (thrown) {
      this.#pending.take(id);
      throw thrown;
    }
  }

  /** A client's notification; one that names a request or a token which is not its own goes nowhere. */
  notify(message: NotificationMessage, member: Member): void {
    const params = paramsOf(message);
    if (message.method === "notifications/cancelled") {
      const id = this.#pending.idOf(member, params["requestId"] as MessageId);
      if (id === null) return;
      this.#trySend(withParams(message, { requestId: id }));
      return this.#pending.callOff(id, this.#deps.calledOffMs);
    }
    if (message.method === "notifications/progress" && !this.#asked.hasToken(member, params["progressToken"])) return;
    this.#trySend(message);
  }

  /** A client's answer to a request of the server. */
  respond(message: AnswerMessage, member: Member): void {
    const answer = this.#asked.answered(message, member);
    if (answer !== null) this.#trySend(answer);
  }

  /** An unsubscription while others are subscribed would be theirs as well. */
  #answersItself(message: RequestMessage, member: Member, answered: Pending["answered"]): boolean {
    const { uri } = paramsOf(message);
    if (typeof uri !== "string") return false;
    if (message.method === "resources/subscribe") {
      if (this.#subscriptions.size >= mostSubscriptions)
        throw new Refusal("upstream_busy", { hint: "too many subscriptions" });
      this.#subscriptions.add(uri, member);
    }
    if (message.method !== "resources/unsubscribe") return false;
    if (this.#subscriptions.remove(uri, member)) return false;
    answered({ jsonrpc: "2.0", id: message.id, result: {} });
    return true;
  }

  #receive({ kind, message }: ReadMessage): void {
    if (this.#end !== null) return;
    if (kind === "unclear") this.#refuse(message);
    else if (kind === "answer") this.#answer(message);
    else if (kind === "request") this.#ask(message);
    else this.#notification(message);
  }

  /** Whoever waits for an answer, here or at the server, is told that there is none. */
  #refuse({ kind, message }: ClearMessage): void {
    const detail = "a message with a name twice in one object, or that is not UTF-8";
    this.#noise(`it wrote ${detail}`);
    if (kind === "request") this.#trySend(errorAnswer(message.id, invalidRequest, detail));
    const taken = kind === "answer" ? this.#pending.take(idKey(message.id)) : null;
    if (taken?.isHeard === true) taken.pending.failed(new Refusal("upstream_answer_refused", { detail }));
  }

  #answer(message: AnswerMessage): void {
    const taken = this.#pending.take(idKey(message.id));
    if (taken === null) return this.#noise("it answered a request that it was not sent");
    const { pending, isHeard } = taken;
    if (isHeard) pending.answered({ ...message, id: pending.id });
  }

  #ask(message: RequestMessage): void {
    const { id, method } = message;
    if (method === "ping") return this.#trySend({ jsonrpc: "2.0", id, result: {} });
    const to = this.#meant();
    const capability = capabilityOf[method];
    if (to === null) {
      this.#noise(`it asked for ${capability ?? "something"}, and which caller it means cannot be told`);
      return this.#trySend(errorAnswer(id, internalError, "which caller is meant cannot be told"));
    }
    if (capability === undefined || !Object.hasOwn(to.member.capabilities, capability)) {
      this.#noise(`it asked a client that has not declared ${capability ?? "it"}`);
      return this.#trySend(errorAnswer(id, methodNotFound, "the client has not declared that it can do this"));
    }
    if (this.#asked.size >= mostPending)
      return this.#trySend(errorAnswer(id, internalError, "too many requests at once"));
    to.member.tell(this.#asked.add(message, to.member), to.about);
  }

  #notification(message: NotificationMessage): void {
    const { method } = message;
    const params = paramsOf(message);
    if (method === "notifications/progress") return this.#progress(message, params["progressToken"] as MessageId);
    if (method === "notifications/cancelled") return this.#takeBack(message, params["requestId"] as MessageId);
    if (/^notifications\/(?:tools|resources|prompts)\/list_changed$/.test(method))
      return this.#tellAll(this.#members, message);
    if (method === "notifications/resources/updated")
      return this.#tellAll(this.#subscriptions.of(String(params["uri"])), message);
    const to = this.#meant();
    if (to !== null) return to.member.tell(message, to.about);
    if (this.#deps.isOnes && this.#members.size > 0) return this.#tellAll(this.#members, message);
    this.#noise("it sent notifications, and which caller they are for cannot be told");
  }

  #progress(message: NotificationMessage, token: MessageId): void {
    const pending = this.#pending.get(token);
    const member = pending?.member ?? null;
    if (pending === null || member === null || pending.progressToken === undefined)
      return this.#noise("it told progress of what it was not asked");
    member.tell(withParams(message, { progressToken: pending.progressToken }), pending);
  }

  /** The server no longer wants to know. */
  #takeBack(message: NotificationMessage, serverId: MessageId): void {
    const asked = this.#asked.takeBack(serverId);
    asked?.member.tell(withParams(message, { requestId: asked.id }), null);
  }

  #tellAll(members: Iterable<Member>, message: NotificationMessage): void {
    for (const member of members) member.tell(message, null);
  }

  /** Without a request under way, the only client there is; unless its requests can be those of somebody who has left. */
  #meant(): { readonly member: Member; readonly about: Pending | null } | null {
    const meant = this.#pending.meant(this.#deps.isOnes);
    if (typeof meant === "object") return this.#members.has(meant.member) ? meant : null;
    const [only, second] = this.#members;
    return meant === "none" && this.#deps.isOnes && only !== undefined && second === undefined
      ? { member: only, about: null }
      : null;
  }

  /** Each kind of fault is told once; a flood of them ends the connection. */
  #noise(what: string): void {
    if (!this.#faults.has(what)) this.#deps.onFault(what);
    this.#faults.add(what);
    const now = this.#deps.clock.monotonic();
    if (now - this.#unasked.since > 1_000) this.#unasked = { since: now, count: 0 };
    this.#unasked.count += 1;
    if (this.#unasked.count > mostUnasked)
      this.#transport.end("it floods the gateway with messages that belong to nothing");
  }

  #own(method: string, params: JsonObject): Promise<AnswerMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<AnswerMessage>();
    const message: RequestMessage = { jsonrpc: "2.0", id: 0, method, params };
    this.request(message, { member: null, answered: resolve, failed: reject });
    return promise;
  }

  #say(method: string, params: JsonObject): void {
    this.#trySend({ jsonrpc: "2.0", method, params });
  }

  /** The handshake is complete. */
  ready(): void {
    this.#trySend({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** What nobody waits for is left out where the server takes no more. */
  #trySend(message: Message): void {
    try {
      this.#transport.send(message);
    } catch {
      // Whoever sends a request is told.
    }
  }

  #close(why: string): void {
    if (this.#end !== null) return;
    this.#end = why;
    for (const { failed } of this.#pending.clear()) failed(ended(why));
    for (const { member, id: requestId } of this.#asked.clear())
      member.tell({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId, reason: why } }, null);
    const members = [...this.#members];
    this.#members.clear();
    for (const member of members) member.ended?.();
  }
}

function ended(why: string): Refusal {
  return new Refusal("upstream_ended", { detail: why });
}
