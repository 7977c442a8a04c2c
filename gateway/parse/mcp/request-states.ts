import { createHash, createSecretKey, type KeyObject } from "node:crypto";
import canonicalize from "canonicalize";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { Clock, Ids } from "../../domain/ports.ts";
import { callerKey } from "../../domain/subject.ts";
import { digested, type ToolCall } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../lib/json.ts";
import { openSealed, randomBits, sealText } from "../../lib/sealed-text.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** The call that is answered, and its caller. */
type Asked = Pick<EvaluatedCall, "call" | "subject">;

/** Before what the gateway has sealed. */
const prefix = "sallyport.";

/** How long a client may take to answer, in milliseconds. */
const lifetimeMs = 24 * 3_600_000;

export interface RequestStateDeps {
  /** The same in all processes of a store, at least 32 bytes. */
  readonly key: Uint8Array;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
}

/** What is sealed: whom it was given to, until when, and the state of the tool server. */
interface State {
  readonly of: string;
  readonly until: number;
  /** Null: the gateway itself asked, about a held call. */
  readonly state: string | null;
  /** The approval that it asked about. */
  readonly approval?: string;
}

/** What is sealed for the round that follows: the state of the tool server, or the approval whose page the gateway showed. */
export type RoundState = string | { readonly approval: string };

/** The gateway's own entry of `inputRequests`. */
export const pageKey = "sallyport-approval";

/**
 * `requestState` of tool servers (MCP 2026-07-28, "Multi Round-Trip Requests"). A tool server sees one credential for all callers, so it
 * cannot tell whose state comes back. So callers get it sealed, with who they are and the call that it belongs to, and the tool server
 * gets back what it has given.
 */
export class RequestStates {
  readonly #key: KeyObject;
  readonly #deps: Pick<RequestStateDeps, "clock" | "ids">;

  constructor({ key, ...deps }: RequestStateDeps) {
    this.#key = createSecretKey(createHash("sha256").update(key).digest());
    this.#deps = deps;
  }

  /**
   * The state that a tool server gives with its answer to a call, as the caller gets it, or the gateway's own, of a held call. It is for
   * the call that the caller sends again: as it came, and not as obligations have changed it.
   */
  sealed({ opened }: Pick<Exchange, "opened">, { call: sent, subject }: Asked, state: RoundState): string {
    const call = opened ?? sent;
    const { clock, ids } = this.#deps;
    const round = typeof state === "string" ? { state } : { state: null, ...state };
    const known: State = { of: callerKey(subject), until: clock.now() + lifetimeMs, ...round };
    return prefix + sealText(this.#key, randomBits(ids), JSON.stringify(known), aboutOf(call, paramsOf(call).params));
  }

  /** The call with the state of the tool server in the place of what its caller was given, once for each exchange. @throws Refusal mcp_state_refused */
  readonly opened = (exchange: Exchange, call: ToolCall): ToolCall => {
    // The stored call of a task was opened when it came.
    if (call.mcp?.era !== "modern" || exchange.task !== undefined) return call;
    // Its bytes are now those of the opened call, also where obligations have changed them.
    if (exchange.opened !== undefined) return { ...call, ...roundOf(exchange.opened) };
    const opened = mayHaveState(call) ? this.#opened(call) : call;
    exchange.opened = opened;
    if (opened !== call) exchange.body = opened.request.body;
    return opened;
  };

  /** @throws Refusal mcp_state_refused */
  #opened(call: ToolCall): ToolCall {
    const { message, params } = paramsOf(call);
    if (!("requestState" in params)) return call;
    const { requestState } = params;
    const isOurs = typeof requestState === "string" && requestState.startsWith(prefix);
    const text = isOurs ? openSealed(this.#key, requestState.slice(prefix.length), aboutOf(call, params)) : null;
    const known = text === null ? null : (parseJson(text) as State);
    if (known === null || known.until <= this.#deps.clock.now()) throw new Refusal("mcp_state_refused");
    const { inputResponses: _answered, requestState: _sealed, ...rest } = params;
    const opened = known.state === null ? rest : { ...params, requestState: known.state };
    const after = known.approval === undefined ? {} : { afterPage: known.approval };
    return { ...withParams(call, { ...message, params: opened }, known.state), stateOf: known.of, ...after };
  }
}

/** An argument of a tool may have that name too. */
function mayHaveState(call: ToolCall): boolean {
  const { resourceType, beside, argumentsOmitted } = call;
  if (resourceType === "tool" || resourceType === "prompt") return "requestState" in beside;
  // Large ones are built when they are read.
  return argumentsOmitted || "requestState" in call.arguments;
}

/** Every number keeps its spelling. */
function paramsOf({ request }: ToolCall): { readonly message: JsonObject; readonly params: JsonObject } {
  const message = parseExact(request.body.toString()) as JsonObject;
  return { message, params: isJsonObject(message["params"]) ? message["params"] : {} };
}

/** A retry is the same method and params, but for what is about the round ("Retrying the Request"). */
const ofRound: ReadonlySet<string> = new Set(["_meta", "inputResponses", "requestState"]);

function aboutOf({ route, action }: ToolCall, params: JsonObject): string {
  const same = Object.entries(params).filter(([key]) => !ofRound.has(key));
  // Clients may write the members of an object in another order.
  return canonicalize([route.id, route.server, route.upstream.origin, action, Object.fromEntries(same)]) ?? "";
}

/** What the state that a call came with says of its round. */
export function roundOf({ stateOf, afterPage }: ToolCall): Pick<ToolCall, "stateOf" | "afterPage"> {
  return { ...(stateOf === undefined ? {} : { stateOf }), ...(afterPage === undefined ? {} : { afterPage }) };
}

/** `state`: the tool server's; null: it has given none. */
function withParams(call: ToolCall, message: JsonObject, state: string | null): ToolCall {
  const { request, beside, arguments: args } = call;
  const { method, target, contentType, namedHeaders } = request;
  const body = Buffer.from(JSON.stringify(message));
  return {
    ...call,
    request: { ...request, ...digested(method, target, contentType, body, namedHeaders), body },
    ...("requestState" in beside ? { beside: members(beside, state) } : { arguments: members(args, state) }),
  };
}

function members({ requestState: _sealed, ...all }: JsonObject, state: string | null): JsonObject {
  if (state !== null) return { ...all, requestState: state };
  const { inputResponses: _answered, ...rest } = all;
  return rest;
}
