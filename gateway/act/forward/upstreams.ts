import { setImmediate as endOfTurn } from "node:timers/promises";
import { Client, Pool } from "undici";
import { Refusal } from "../../domain/errors.ts";
import type { ClientConnection } from "../../domain/client-connection.ts";
import type { Finding, FindingSource } from "../../domain/ports.ts";
import { type CanonicalRequest, digested, digestedText, type ToolCall } from "../../domain/tool-call.ts";
import type { Route } from "../../domain/route.ts";
import { Turn } from "../../lib/event-loop.ts";
import { assertOrigin, checkedLookup } from "../../net/addresses.ts";
import { AnswerRelay } from "./answer-relay.ts";
import type { AnswerSink } from "../../domain/upstream-answer.ts";
import type { Sent } from "./sent.ts";
import type { Reachability } from "./reachability.ts";

export interface SendOptions {
  /** Own headers, flat; none of the caller's credentials is among them. */
  readonly headers: readonly string[];
  /** A connection of its own, closed afterwards: for calls that people released. */
  readonly exclusive: boolean;
  /** Of whom the answer is for; sending is all that waits for it. */
  readonly connection: ClientConnection;
  /** No time limit between body chunks: event streams are silent for long. */
  readonly mayIdle: boolean;
}

/** Connections to the tool servers, one pool a route. Nothing else in the gateway opens a connection to them. */
export class Upstreams implements FindingSource {
  readonly #turn = new Turn();
  readonly #pools = new Map<string, Pool>();
  /** Connections of their own that are still open. */
  readonly #exclusive = new Set<Client>();
  readonly #reachability: Reachability | null;

  constructor(reachability: Reachability | null = null) {
    this.#reachability = reachability;
  }

  findings(): readonly Finding[] {
    return this.#reachability?.findings() ?? [];
  }

  /** Sends what was judged and settles when the answer has ended, one way or the other. */
  send(call: ToolCall, options: SendOptions, sink: AnswerSink): Promise<Sent> {
    const { route, request } = call;
    return new Promise((settle) => {
      const dispatch = dispatchOptions(route, request, options);
      assertJudged(dispatch, request);
      const own = options.exclusive ? this.#ownClient(route) : null;
      const settled = (sent: Sent): void => {
        if (own !== null) this.#end(own);
        this.#reachability?.note(route, sent);
        this.#turn.atEnd(() => settle(sent));
      };
      (own ?? this.#pool(route)).dispatch(
        dispatch,
        new AnswerRelay({ call, sink, connection: options.connection, mayIdle: options.mayIdle, settle: settled }),
      );
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values(), ...this.#exclusive].map((connections) => connections.destroy()));
    // What was cut off is told at the end of this turn, before this goes on, and has to be recorded while the log is still open.
    await endOfTurn();
  }

  #ownClient(route: Route): Client {
    const client = new Client(route.upstream.origin, connection(route));
    this.#exclusive.add(client);
    return client;
  }

  #end(client: Client): void {
    this.#exclusive.delete(client);
    // One that is destroyed has nothing to close, and says so by rejecting.
    if (!client.destroyed) void client.close();
  }

  #pool(route: Route): Pool {
    const known = this.#pools.get(route.id);
    if (known !== undefined) return known;
    const pool = new Pool(route.upstream.origin, { ...connection(route), connections: route.upstream.connections });
    this.#pools.set(route.id, pool);
    return pool;
  }
}

function connection(route: Route): Client.Options {
  const { upstream } = route;
  assertOrigin(upstream.origin, upstream.addresses);
  return {
    pipelining: 1,
    headersTimeout: upstream.headersTimeoutMs,
    bodyTimeout: upstream.bodyTimeoutMs,
    connect: { timeout: upstream.connectTimeoutMs, lookup: checkedLookup(upstream.addresses) },
  };
}

function dispatchOptions(route: Route, request: CanonicalRequest, options: SendOptions) {
  return {
    origin: route.upstream.origin,
    method: request.method,
    path: request.target,
    headers: options.headers as string[],
    body: request.body.length === 0 ? null : request.body,
    reset: options.exclusive,
    ...(options.mayIdle ? { bodyTimeout: 0 } : {}),
  };
}

/** What is handed to the socket is what was judged: it is written out anew, its body by the bytes as they are now, and compared. */
function assertJudged({ method, path }: ReturnType<typeof dispatchOptions>, request: CanonicalRequest): void {
  if (digestedText(method, path, request.contentType, request.body) === request.digestedText) return;
  const { digest } = digested(method, path, request.contentType, request.body);
  throw new Refusal("digest_mismatch", { detail: `judged ${request.digest}, to be sent ${digest}` });
}
