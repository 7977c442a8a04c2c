import type { Clock, Finding, Ids, InnerRequest, InnerUpstream, Logger } from "../domain/ports.ts";
import { transportSessionHeader } from "../domain/tool-call.ts";
import type { JsonObject } from "../lib/json.ts";
import type { ServerConnection } from "./connection.ts";
import { BridgeExchange } from "./exchange.ts";
import { bridgeInitialize } from "./initialize.ts";
import { kindOf, paramsOf, type ReadMessage } from "./messages.ts";
import { ModernCalls } from "./modern-calls.ts";
import { isModern } from "./modern-words.ts";
import { BridgeSession } from "./session.ts";
import { type Launched, ServerSlot } from "./slot.ts";
import { Slots } from "./slots.ts";
import { parseJson } from "../lib/parse-json.ts";

export interface BridgeOptions {
  readonly route: string;
  readonly per: "person" | "session" | "route";
  readonly secrets: readonly (readonly string[])[];
  /** Starts the tool server. `request`: the one that needs it. */
  readonly launch: (request: InnerRequest) => Launched;
  readonly startTimeoutMs: number;
  readonly idleMs: number;
  /** Most tool servers at once. */
  readonly most: number;
  readonly maxUnread: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Sessions of one caller, and of all callers of a route; the longest unused one makes room. */
const mostOfOne = 64;
const mostSessions = 10_000;

/** Headers that have a meaning for the transport; the tool server gets none of them. */
const transportHeaders = new Set([
  "accept",
  "content-type",
  "last-event-id",
  "mcp-protocol-version",
  transportSessionHeader,
]);

/**
 * Stands where a route's tool server would stand, as an MCP server over Streamable HTTP, and speaks to the server in its own way.
 */
export class Bridge implements InnerUpstream {
  readonly secrets: BridgeOptions["secrets"];
  readonly #options: BridgeOptions;
  /** The least recently used first. */
  readonly #sessions = new Map<string, BridgeSession>();
  readonly #slots: Slots;
  readonly #modern: ModernCalls;
  #asked = 0;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.secrets = options.secrets;
    this.#slots = new Slots(options.most);
    this.#modern = new ModernCalls(options.ids, options.maxUnread);
  }

  findings(): Omit<Finding, "name" | "severity">[] {
    return this.#slots.findings();
  }

  /** Ends all sessions and tool servers. */
  async close(): Promise<void> {
    this.#modern.close();
    for (const session of [...this.#sessions.values()]) await session.close();
    await this.#slots.close();
  }

  async send(request: InnerRequest): Promise<Response> {
    const header = headersOf(request);
    const body = request.body === null ? null : parseJson(request.body.toString());
    const read = body === null ? null : kindOf(body);
    if (read !== null && isModern(read.message)) return this.#withoutSession(read, request);
    const named = header.get(transportSessionHeader);
    const begins = read?.kind === "request" && read.message.method === "initialize" && named === null;
    const session = begins ? this.#begin(request, paramsOf(read.message)) : this.#known(named, request);
    if (session === null) {
      request.begin();
      return named === null
        ? refused(400, -32_000, "Bad Request: Mcp-Session-Id header is required")
        : refused(404, -32_001, "Session not found");
    }
    return this.#handle(session, request, header, { body, read });
  }

  /** A client of MCP 2026-07-28; each of its requests stands alone. */
  async #withoutSession({ kind, message }: ReadMessage, request: InnerRequest): Promise<Response> {
    if (kind !== "request") {
      request.begin();
      return kind === "notification" ? new Response(null, { status: 202 }) : refused(400, -32_600, "Invalid Request");
    }
    const { principal, person } = request.caller;
    // Where each session has a server, each caller has one for the requests that have none.
    const keys = { session: `without session ${principal}`, person, route: "" };
    const slot = this.#slotOf(keys[this.#options.per], null);
    return slot.during(async () => {
      const connection = await slot.connection(request);
      request.begin();
      request.signal.throwIfAborted();
      return this.#modern.handle(message, request, connection, new BridgeExchange());
    });
  }

  async #handle(
    session: BridgeSession,
    request: InnerRequest,
    headers: Headers,
    { body, read }: { readonly body: unknown; readonly read: ReadMessage | null },
  ): Promise<Response> {
    const isRequest = read?.kind === "request";
    const answered = async (connection: ServerConnection | null): Promise<Response> => {
      request.begin();
      request.signal.throwIfAborted();
      const { method, target } = request;
      const init = { method, headers, ...(body === null ? {} : { body: "{}" }) };
      const sent = new Request(`http://bridge.invalid${target}`, init);
      return session.handle(sent, body, connection, new BridgeExchange());
    };
    // What is no request needs a server only where one runs.
    if (!isRequest) return answered(this.#slots.get(session.options.slot)?.current ?? null);
    try {
      const slot = this.#slotOf(session.options.slot, session);
      return await slot.during(async () => answered(await slot.connection(request)));
    } catch (thrown) {
      // A session that never began.
      if (read.message.method === "initialize") void session.close();
      throw thrown;
    }
  }

  #begin({ caller }: InnerRequest, initialize: JsonObject): BridgeSession {
    const { ids, per, maxUnread } = this.#options;
    this.#makeRoom(caller.principal);
    const id = ids.make("s");
    const session = new BridgeSession({
      id,
      principal: caller.principal,
      initialize,
      maxUnread,
      slot: per === "session" ? id : per === "person" ? caller.person : "",
      isAlone: per === "session",
      withoutTasks: per === "route",
      onClosed: (closed) => this.#forget(closed),
    });
    this.#sessions.set(session.options.id, session);
    return session;
  }

  /** Another caller's session is as unknown as one that never was. */
  #known(id: string | null, { caller }: InnerRequest): BridgeSession | null {
    const session = id === null ? undefined : this.#sessions.get(id);
    if (session === undefined || session.options.principal !== caller.principal) return null;
    this.#sessions.delete(session.options.id);
    this.#sessions.set(session.options.id, session);
    return session;
  }

  #makeRoom(principal: string): void {
    const own = [...this.#sessions.values()].filter((one) => one.options.principal === principal);
    const [oldest] = own.length >= mostOfOne ? own : this.#sessions.size >= mostSessions ? this.#sessions.values() : [];
    if (oldest !== undefined) void oldest.close();
  }

  #forget(session: BridgeSession): void {
    const { id, slot } = session.options;
    this.#sessions.delete(id);
    this.#slots.get(slot)?.current?.leave(session);
    if (this.#options.per === "session") this.#slots.end(slot);
  }

  /** The place of a tool server. `session`: whose own it is, where each session has one. @throws Refusal upstream_busy */
  #slotOf(key: string, session: BridgeSession | null): ServerSlot {
    const { per, launch, startTimeoutMs, idleMs, clock, logger, route } = this.#options;
    const alone = per === "session" ? session : null;
    return this.#slots.of(
      key,
      () =>
        new ServerSlot({
          launch,
          startTimeoutMs,
          idleMs,
          clock,
          logger,
          route,
          initialize: alone?.options.initialize ?? bridgeInitialize,
          clientSaysReady: alone !== null,
          connection: { clock, nextAsked: () => (this.#asked += 1), isOnes: per !== "route" },
          onIdle: () => this.#slots.end(key),
          // With its server, what the session has built up there is gone: its client begins anew.
          onClosed: () => void alone?.close(),
        }),
    );
  }
}

function headersOf({ headers }: InnerRequest): Headers {
  const kept = new Headers();
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase();
    if (transportHeaders.has(name)) kept.append(name, headers[at + 1] as string);
  }
  return kept;
}

function refused(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });
}
