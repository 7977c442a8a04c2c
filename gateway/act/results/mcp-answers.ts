import type { ServerResponse } from "node:http";
import type { EvaluatedCall, Exchange, Renaming } from "../../domain/exchange.ts";
import { type Listing, listings, listMethods } from "../../domain/definition-kinds.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { BegunSessions, Clock, Logger } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";
import { callerSessionKey, isTransportSession } from "../../domain/transport-session.ts";
import { type ChangingListName, listens, type ToolQuery, transportSessionHeader } from "../../domain/tool-call.ts";
import type { AnswerHead } from "../../domain/upstream-answer.ts";
import { Refusal } from "../../domain/errors.ts";
import type { ApprovalPages } from "../hold/approval-pages.ts";
import { parseExact, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { announcement, listedTool, unknownTaskAnswer } from "./task-support.ts";
import { mcpAnswer } from "../respond/mcp.ts";
import { errorOfRefusal } from "../respond/refusal-wording.ts";
import { RequestIds } from "../forward/request-ids.ts";
import { SessionStreams } from "../forward/session-streams.ts";
import { announcedLists, type ListChanges } from "./list-changes.ts";
import { listingIn, type Visibility, visibleList } from "./list-filter.ts";
import { type ServerAsk, askedBy } from "./asked-by.ts";
import { SpokenVersions } from "./spoken-versions.ts";
import { after } from "../../lib/awaitable.ts";
import { withPinnedInstructions } from "./pinned-instructions.ts";
import type { ReadOnce } from "./read-once.ts";
import { readServerMessage, type ServerMessage, withoutGatewayText } from "./server-message.ts";
import { withoutOwnTasks } from "./own-tasks.ts";
import { filterResourceNotification } from "./resource-notifications.ts";

/** Which messages may pass to the caller on one HTTP answer, and in which form. */
export interface MessageFilter {
  /** Whether the answer to the request has passed. */
  readonly answered: boolean;
  /** Whether a request of the tool server has come: it may wait for the answer to that before it answers. */
  readonly asks: boolean;
  /** On a stream that was taken up again: the tool whose answer passed last; null for any other answer. */
  readonly answeredTool: string | null;
  /** The same of the name that was made up for the request: what its caller has said; null where none was. */
  readonly renaming: Renaming | null;
  /** Of the list of tools that passed last, what its caller looks for in it: null for all of it. Absent: no list has passed. */
  readonly listed?: ToolQuery | null;
  /** What the tool server asks with the message that passed last; null: nothing. */
  readonly asked: ServerAsk | null;
  /** Whether the message that passed last stands beside the answer: a notification, or a request of the server. */
  readonly beside: boolean;
  /**
   * One message as the caller gets it, null for one that it does not get; a promise where definitions have to be looked up. Messages
   * pass one after the other. `read`: it was read strictly before. @throws Refusal upstream_answer_refused, upstream_answer_foreign, upstream_list_malformed
   */
  pass(text: string, read?: ReadOnce | null): string | null | Promise<string | null>;
  /**
   * On a stream that was taken up again: what the caller gets in the place of the answer that came last and is withheld. Null where that
   * message is no answer.
   */
  instead(refusal: Refusal): string | null;
}

type Filter = { -readonly [Key in keyof MessageFilter]: MessageFilter[Key] };

const nothing = (): null => null;

interface McpAnswersDeps {
  readonly begun: BegunSessions;
  readonly pages: Pick<ApprovalPages, "areDeclaredBy" | "streams">;
  readonly lists: Pick<ListChanges, "announced" | "opened" | "granted">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly logger: Pick<Logger, "warn">;
}

/**
 * What MCP servers may answer. A client takes an answer for whichever of its requests has that id, on whatever stream it
 * comes; so on the stream of a request only the answer with its id passes, and a list only as far as the caller may see it.
 */
export class McpAnswers {
  readonly awaited: AwaitedAnswers;
  readonly streams: SessionStreams;
  readonly ids: RequestIds;
  readonly #visibility: Visibility;
  readonly #begun: BegunSessions;
  readonly #pages: McpAnswersDeps["pages"];
  readonly #lists: McpAnswersDeps["lists"];
  readonly #versions: SpokenVersions;
  /** Of requests whose answer begins a session: its id, when the caller was given it before the answer passed. */
  readonly #early = new WeakMap<EvaluatedCall, string>();
  /** Requests whose answer begins a session that the caller has not been told of. */
  readonly #beginning = new WeakSet<EvaluatedCall>();
  /** The lists that the answer to an `initialize` has announced. */
  readonly #announced = new WeakMap<EvaluatedCall, readonly ChangingListName[]>();

  constructor(visibility: Visibility, { begun, pages, lists, clock, logger }: McpAnswersDeps) {
    this.#begun = begun;
    this.#pages = pages;
    this.#lists = lists;
    this.#versions = new SpokenVersions(logger);
    this.awaited = new AwaitedAnswers(clock);
    this.streams = new SessionStreams(clock);
    this.ids = new RequestIds(clock);
    this.#visibility = visibility;
  }

  /**
   * The head of an answer. @returns the headers that name its session as the caller knows it; to `initialize`, best once the answer has
   * passed: it says what the session's id holds. What an answer says that passes later is known to this process alone
   * @throws Refusal upstream_answer_refused when it gives its caller another's session
   */
  head(evaluated: EvaluatedCall, head: AnswerHead, res: ServerResponse): () => readonly string[] {
    const { call, subject } = evaluated;
    this.streams.opened(res);
    const session = head.header(transportSessionHeader);
    if (session === null || session === "" || call.mcp?.era !== "legacy") return () => [];
    if (!isTransportSession(session))
      throw new Refusal("upstream_answer_refused", { detail: "an id of a session that could not be sent back" });
    this.#begun.begun(subject, call, session);
    if (call.action === "initialize") this.#beginning.add(evaluated);
    return () => {
      const announced = this.#announced.get(evaluated);
      if (announced === undefined && this.#beginning.delete(evaluated)) this.#early.set(evaluated, session);
      const opensPages = call.action === "initialize" && this.#pages.areDeclaredBy(call);
      return ["Mcp-Session-Id", this.#begun.shown(subject, call, session, { announced: announced ?? [], opensPages })];
    };
  }

  /** An event stream to the caller has begun; `emit` writes whole events on it. */
  opened(
    { res, renaming }: Pick<Exchange, "res" | "renaming">,
    evaluated: EvaluatedCall,
    emit: (event: string) => unknown,
  ): void {
    this.awaited.note(evaluated, renaming ?? null);
    if (!listens(evaluated.call)) return;
    res.once("close", this.#lists.opened(evaluated, emit));
    if (evaluated.call.mcp?.kind === "stream") res.once("close", this.#pages.streams.add(evaluated, emit));
  }

  filter(evaluated: EvaluatedCall): MessageFilter {
    const { mcp, action } = evaluated.call;
    const passes: MessageFilter["pass"] = (sent, before = null) => {
      const read = readServerMessage(sent, before);
      const text = withoutGatewayText(sent, read.message);
      filter.asked = askedBy(evaluated.call, read);
      filter.beside = read.kind !== "answer";
      filter.asks ||= read.kind === "request";
      filter.renaming = null;
      filter.instead = nothing;
      if (read.kind !== "answer") return this.#beside(evaluated, read, withoutOwnTasks(evaluated.call, text));
      if (mcp?.kind === "stream") return this.#resumed(evaluated, filter, read, text);
      if (read.id !== null && read.id !== mcp?.id)
        throw new Refusal("upstream_answer_foreign", { detail: "the id of another request" });
      filter.answered = true;
      if (read.id !== null) this.ids.answered(evaluated, read.id);
      if (action === toolsMethod) filter.listed = evaluated.call.toolQuery ?? null;
      return this.#answer(evaluated, action, read.message, text);
    };
    const filter: Filter = {
      answered: false,
      asks: false,
      answeredTool: null,
      renaming: null,
      asked: null,
      beside: false,
      pass: passes,
      instead: nothing,
    };
    return filter;
  }

  /** An answer on a stream that was taken up again. One that belongs to no known request becomes an error of the same id. */
  #resumed(
    evaluated: EvaluatedCall,
    filter: Filter,
    { id, message }: Extract<ServerMessage, { readonly kind: "answer" }>,
    text: string,
  ): ReturnType<MessageFilter["pass"]> {
    if (id !== null) this.ids.answered(evaluated, id);
    const request = id === null ? null : this.awaited.requestOf(evaluated, id);
    filter.answeredTool = request?.tool ?? null;
    filter.renaming = request?.renaming ?? null;
    const told = { id, method: filter.answeredTool === null ? "transport/stream" : "tools/call", modern: false };
    filter.instead = (refusal) => mcpAnswer(errorOfRefusal(refusal, evaluated.decisionId), told);
    const method = request === null ? null : methodOf(message.result, request);
    if (method === toolsMethod) filter.listed = request?.query ?? null;
    else delete filter.listed;
    if (method === null) return filter.instead(new Refusal("upstream_answer_foreign"));
    return this.#answer(evaluated, method, message, text);
  }

  /** @throws Refusal upstream_answer_refused */
  #beside(
    evaluated: EvaluatedCall,
    { kind, message }: ServerMessage,
    text: string | null,
  ): ReturnType<MessageFilter["pass"]> {
    if (text === null) return null;
    if (kind === "notification") {
      const passed = filterResourceNotification(this.#visibility, evaluated, { message, text });
      if (message["method"] !== "notifications/subscriptions/acknowledged") return passed;
      return after(passed, (told) => this.#acknowledged(evaluated, message, told));
    }
    if (evaluated.call.mcp?.era !== "modern") return text;
    const detail = "a request of the server, which MCP 2026-07-28 has not";
    throw new Refusal("upstream_answer_refused", { detail });
  }

  #acknowledged(evaluated: EvaluatedCall, { params }: JsonObject, told: string | null): string | null {
    const granted = params !== undefined && isJsonObject(params) ? params["notifications"] : undefined;
    if (told !== null) this.#lists.granted(evaluated, granted);
    return told;
  }

  #answer(evaluated: EvaluatedCall, method: string, message: JsonObject, sent: string): string | Promise<string> {
    const text = withoutOwnTasks(evaluated.call, sent) ?? sent;
    if (!isJsonObject(message.result)) return unknownTaskAnswer(evaluated, message) ?? text;
    const listing = listings.get(method);
    if (listing !== undefined) return this.#list(evaluated, listing, parseExact(text) as JsonObject);
    if (method === "initialize") {
      this.#versions.assertKnown(evaluated.call.route, message.result["protocolVersion"]);
      const lists = announcedLists(message.result["capabilities"]);
      this.#announced.set(evaluated, lists);
      if (!this.#beginning.has(evaluated)) this.#lists.announced(evaluated, this.#early.get(evaluated) ?? null, lists);
    }
    const announce = announcement(evaluated.call);
    const answer = { evaluated, method, result: message.result, text };
    return after(withPinnedInstructions(this.#visibility, answer), (passed) =>
      announce === null ? passed : JSON.stringify(announce(parseExact(passed) as JsonObject)),
    );
  }

  async #list(evaluated: EvaluatedCall, listing: Listing, message: JsonObject): Promise<string> {
    const view = {
      listing,
      keep: (items: readonly JsonObject[]) => this.#visibility.ofListed(evaluated, listing, items),
      show: listing.kind === "tool" ? listedTool(evaluated.call) : (item: JsonObject) => item,
    };
    return JSON.stringify({ ...message, result: await visibleList(message.result as JsonObject, view) });
  }
}

const toolsMethod = listMethods.tool;

/**
 * Ids are used again, by a client that begins anew or by two clients of one caller: a method that is known by its id alone may be that of
 * an earlier request. What a reader of lists could take for one is shown as a list.
 */
function methodOf(result: JsonValue | undefined, { method }: AwaitedRequest): string {
  const listing = isJsonObject(result) ? listingIn(result) : null;
  return listing === null ? method : listMethods[listing.kind];
}

interface AwaitedRequest {
  readonly method: string;
  /** Of a tools/call. */
  readonly tool: string | null;
  /** What its caller looks for in a list of tools. */
  readonly query: ToolQuery | null;
  readonly renaming: Renaming | null;
}

/** Answers that are waited for, of one caller and of all. */
const perCaller = 256;
const capacity = 100_000;

/**
 * Which request an answer belongs to that comes on a stream which was taken up again (MCP 2025-11-25, "Resumability"). Noted
 * are requests that were answered by an event stream; every caller has a share of its own.
 */
export class AwaitedAnswers {
  readonly #requests: FairShare<AwaitedRequest>;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#requests = new FairShare({ capacity, perAsker: perCaller, clock, full: "forget" });
  }

  /** `evaluated` is a request whose answer has begun as an event stream. */
  note(evaluated: EvaluatedCall, renaming: Renaming | null = null): void {
    const { mcp, action, name, toolQuery: query = null } = evaluated.call;
    if (mcp?.era !== "legacy" || mcp.id === null) return;
    const tool = action === "tools/call" ? name : null;
    const key = callerSessionKey(evaluated, { id: mcp.id });
    this.#requests.set(principalKey(evaluated.subject), key, { method: action, tool, query, renaming });
  }

  /** The request with this id, for the stream that `evaluated` asked for; null when none is known. */
  requestOf(evaluated: EvaluatedCall, id: string | number): AwaitedRequest | null {
    return this.#requests.get(callerSessionKey(evaluated, { id })) ?? null;
  }
}
