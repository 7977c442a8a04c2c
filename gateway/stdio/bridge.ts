import type { Clock, Finding, Ids, InnerRequest, InnerUpstream, Logger } from "../domain/ports.ts";
import { transportSessionHeader } from "../domain/tool-call.ts";
import type { JsonObject } from "../lib/json.ts";
import { BridgeExchange } from "./exchange.ts";
import { bridgeInitialize } from "./initialize.ts";
import { kindOf, paramsOf, type ReadMessage } from "./messages.ts";
import { BridgeSession } from "./session.ts";
import { type Launched, ServerSlot } from "./slot.ts";
import { Slots } from "./slots.ts";

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
  #asked = 0;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.secrets = options.secrets;
    this.#slots = new Slots(options.most);
  }

  findings(): Omit<Finding, "name" | "severity">[] {
    return this.#slots.findings();
  }

  /** Ends all sessions and tool servers. */
  async close(): Promise<void> {
    for (const session of [...this.#sessions.values()]) await session.close();
    await this.#slots.close();
  }

  async send(request: InnerRequest): Promise<Response> {
    const header = headersOf(request);
    const body = request.body === null ? null : (JSON.parse(request.body.toString()) as unknown);
    const read = body === null ? null : kindOf(body);
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

  async #handle(
    session: BridgeSession,
    request: InnerRequest,
    headers: Headers,
    { body, read }: { readonly body: unknown; readonly read: ReadMessage | null },
  ): Promise<Response> {
    const isRequest = read?.kind === "request";
    try {
      // What is no request needs a server only where one runs.
      const slot = isRequest ? this.#slotOf(session) : this.#slots.get(session.options.slot);
      const connection = isRequest ? await (slot as ServerSlot).connection(request) : (slot?.current ?? null);
      request.begin();
      request.signal.throwIfAborted();
      const { method, target } = request;
      const init = { method, headers, ...(body === null ? {} : { body: "{}" }) };
      const sent = new Request(`http://bridge.invalid${target}`, init);
      return await session.handle(sent, body, connection, new BridgeExchange());
    } catch (thrown) {
      // A session that never began.
      if (isRequest && read.message.method === "initialize") void session.close();
      throw thrown;
    }
  }

  #begin({ caller }: InnerRequest, initialize: JsonObject): BridgeSession {
    const { ids, per, maxUnread } = this.#options;
    this.#makeRoom(caller.principal);
    const id = ids.make("s");
    const session = new BridgeSession({
      ...{ id, principal: caller.principal, initialize, maxUnread },
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

  /** The place of the tool server that this session shares with others, or has for itself. @throws Refusal upstream_busy */
  #slotOf(session: BridgeSession): ServerSlot {
    const { per, launch, startTimeoutMs, idleMs, clock, logger, route } = this.#options;
    const { slot, initialize } = session.options;
    const isAlone = per === "session";
    return this.#slots.of(
      slot,
      () =>
        new ServerSlot({
          ...{ launch, startTimeoutMs, idleMs, clock, logger, route },
          initialize: isAlone ? initialize : bridgeInitialize,
          clientSaysReady: isAlone,
          connection: { clock, nextAsked: () => (this.#asked += 1), isOnes: per !== "route" },
          onIdle: () => this.#slots.end(slot),
          onClosed: () => {
            // With its server, what the session has built up there is gone: its client begins anew.
            if (isAlone) void session.close();
          },
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
