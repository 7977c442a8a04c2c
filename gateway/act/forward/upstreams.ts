import { setImmediate as endOfTurn } from "node:timers/promises";
import { Client, type Dispatcher, Pool } from "undici";
import type { ClientConnection } from "../../domain/connections.ts";
import type { CountedCall } from "../../domain/counted-call.ts";
import type { AnswerDigests, DigestOmitted } from "../../domain/decision-record.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Finding, FindingSource, InnerUpstreams, UnderWay } from "../../domain/ports.ts";
import type { EndedBy } from "../../domain/revocation.ts";
import type { Route } from "../../domain/route.ts";
import { type CanonicalRequest, digested, digestedText, type Pairs, type ToolCall } from "../../domain/tool-call.ts";
import type { AnswerSink } from "../../domain/upstream-answer.ts";
import { Turn } from "../../lib/event-loop.ts";
import { assertOrigin, checkedLookup } from "../../net/addresses.ts";
import { UpstreamCancellations } from "./cancel-upstream.ts";
import { countedSending } from "./counted-sending.ts";
import { inject, type Injection, noInjection, withoutInjection } from "../credentials/injection.ts";
import { Scrubbing } from "../credentials/scrub.ts";
import { AnswerRelay } from "./answer-relay.ts";
import type { CallAccess } from "./call-access.ts";
import { innerCaller, innerDispatch, type Sending } from "./inner-dispatch.ts";
import type { Reachability } from "./reachability.ts";
import { sideConnections, SideMessages } from "./side-messages.ts";

type Secrets = readonly (readonly string[])[];

interface SendOptions {
  /** Flat; no credential is among them. */
  readonly headers: readonly string[];
  /** What is added when it is sent. */
  readonly injection: Injection;
  /** A connection of its own, closed afterwards: for calls that people released. */
  readonly exclusive: boolean;
  /** Of whom the answer is for; sending is all that waits for it. */
  readonly connection: ClientConnection;
  /** No time limit between body chunks: event streams are silent for long. */
  readonly mayIdle: boolean;
  /** Rules have a say about each event of an event stream. */
  readonly judgesEvents: boolean;
  readonly access: CallAccess;
  /** Absent: the call is not counted as under way. */
  readonly counted?: CountedCall | undefined;
}

/** Connections to the tool servers, one pool a route. Nothing else in the gateway opens a connection to them. */
export class Upstreams implements FindingSource {
  readonly #turn = new Turn();
  readonly #pools = new Map<string, Pool>();
  /** Connections of their own that are still open. */
  readonly #exclusive = new Set<Client>();
  readonly #messages = new SideMessages(
    (route) => new Pool(route.upstream.origin, { ...connection(route), connections: sideConnections }),
  );
  readonly #cancellations = new UpstreamCancellations(this.#messages);
  readonly #underWay: UnderWay;
  readonly #reachability: Reachability | null;
  readonly #inner: InnerUpstreams | null;
  readonly #digests: AnswerDigests;
  /** Requests to bridges inside of the gateway. */
  readonly #within = new Set<{ abort(reason: Error): void }>();
  /** What requests end with that are cut off when the gateway stops. */
  readonly #stopped = new Refusal("upstream_cut_off");
  /** How many calls `destroy` has cut off. */
  cutOff = 0;

  constructor(
    underWay: UnderWay,
    reachability: Reachability | null = null,
    inner: InnerUpstreams | null = null,
    digests: AnswerDigests = "whole",
  ) {
    this.#underWay = underWay;
    this.#reachability = reachability;
    this.#inner = inner;
    this.#digests = digests;
  }

  findings(): readonly Finding[] {
    return [...(this.#reachability?.findings() ?? []), ...(this.#inner?.findings() ?? [])];
  }

  /** Sends what was judged and settles when the answer has ended, one way or the other. */
  send(call: ToolCall, options: SendOptions, sink: AnswerSink): Promise<Sent> {
    const { route, request } = call;
    return new Promise((settle) => {
      const { request: dispatch, secrets: injected } = inject(
        dispatchOptions(route, request, options),
        options.injection,
      );
      assertJudged(dispatch, request, options.injection);
      const bridge = this.#bridge(route, options);
      const secrets = bridge === null ? injected : [...injected, ...bridge.secrets];
      const own = options.exclusive && bridge === null ? this.#ownClient(route) : null;
      const settled = (sent: Sent): void => {
        if (own !== null) this.#endAfter(options.counted?.over ?? null, own);
        this.#reachability?.note(route, sent);
        if (sent.error === this.#stopped && !sent.callerLeft) this.cutOff += 1;
        this.#turn.atEnd(() => settle(sent));
      };
      const { connection, mayIdle, judgesEvents, access } = options;
      const relay = new AnswerRelay({
        call,
        sink,
        connection,
        mayIdle,
        judgesEvents,
        access,
        settle: settled,
        digests: this.#digests,
        scrubbing: secrets.length === 0 ? null : new Scrubbing(sink, secrets),
        underWay: this.#underWay,
        cancel: (by) => this.#cancellations.cancel(call, options, by, bridge?.sending ?? null),
      });
      const over = own ?? bridge?.sending ?? this.#pool(route);
      const { counted } = options;
      const sending = counted === undefined ? over : countedSending(over, call, counted);
      relay.sendOver(sending, dispatch as Dispatcher.DispatchOptions);
    });
  }

  /**
   * Posts a message of the gateway's own to the tool server of a request that was sent with these headers and credentials. Resolves to
   * whether the server took it; never rejects.
   */
  async tell(
    call: ToolCall,
    sent: Pick<SendOptions, "headers" | "injection" | "access">,
    message: string,
  ): Promise<boolean> {
    try {
      const over = this.#bridge(call.route, sent)?.sending ?? null;
      const status = await this.#messages.post(call, sent, message, { over });
      return status !== null && status < 300;
    } catch {
      // A message that cannot be put together keeps nothing from going on.
      return false;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  /** When the gateway stops. */
  async destroy(): Promise<void> {
    for (const request of this.#within) request.abort(this.#stopped);
    const open = [...this.#pools.values(), ...this.#exclusive];
    await Promise.all([...open.map((connections) => connections.destroy(this.#stopped)), this.#messages.destroy()]);
    await this.#inner?.close();
    // What was cut off is told at the end of this turn, before this goes on, and has to be recorded while the log is still open.
    await endOfTurn();
  }

  /** What the route's requests are sent over when its tool server stands behind a bridge inside of the gateway. */
  #bridge(
    route: Route,
    { access: { subject }, injection }: Pick<SendOptions, "access" | "injection">,
  ): { readonly sending: Sending; readonly secrets: Secrets } | null {
    const inner = this.#inner?.of(route) ?? null;
    if (inner === null) return null;
    // What policy wants a call to carry must not be left out without a word.
    if (route.upstream.bridge?.kind === "command" && injection !== noInjection)
      throw new Refusal("credential_conflict", { hint: "a command gets its secrets in its environment" });
    const { headersTimeoutMs } = route.upstream;
    const sending = innerDispatch({ inner, caller: innerCaller(subject), headersTimeoutMs, open: this.#within });
    return { sending, secrets: inner.secrets };
  }

  #ownClient(route: Route): Client {
    const client = new Client(route.upstream.origin, connection(route));
    this.#exclusive.add(client);
    return client;
  }

  /** `over`: while the answer is read for a caller that has left; null: it is not. */
  #endAfter(over: Promise<void> | null, client: Client): void {
    if (over === null) this.#end(client);
    else void over.then(() => this.#end(client));
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
    headers: options.headers,
    body: request.body.length === 0 ? null : request.body,
    reset: options.exclusive,
    ...(options.mayIdle ? { bodyTimeout: 0 } : {}),
  };
}

/**
 * What is handed to the socket is what was judged and exactly what was injected: without the injection it is written out anew, its
 * body by the bytes and its named headers by the list as they are now, and compared.
 */
function assertJudged(
  dispatch: ReturnType<typeof dispatchOptions>,
  request: CanonicalRequest,
  injection: Injection,
): void {
  const { method, headers } = dispatch;
  const { contentType, namedHeaders } = request;
  const { path, body } = withoutInjection(dispatch, injection);
  const named = namedHeaders.length === 0 ? namedHeaders : namedAmong(headers, namedHeaders);
  if (digestedText(method, path, contentType, body, named) === request.digestedText) return;
  const { digest } = digested(method, path, contentType, body, named);
  throw new Refusal("digest_mismatch", { detail: `judged ${request.digest}, to be sent ${digest}` });
}

/** Of the headers as the socket gets them, those with a name that was judged. */
function namedAmong(headers: readonly string[], judged: Pairs): Pairs {
  return judged.flatMap(([name]) => {
    const values: [string, string][] = [];
    for (let at = 0; at + 1 < headers.length; at += 2)
      if (headers[at]?.toLowerCase() === name) values.push([name, headers[at + 1] ?? ""]);
    return values;
  });
}

/** What became of one upstream request. `started`: bytes may have left, so the call may have been executed. */
export interface Sent {
  readonly status: number | null;
  readonly forwardedDigest: string;
  readonly responseDigest: string | null;
  /** Why something came and has no digest; null for most. */
  readonly digestOmitted: DigestOmitted | null;
  readonly responseBytes: number;
  /** Places of the answer from which an injected credential was removed. */
  readonly removed: number;
  readonly started: boolean;
  /** Whether the caller had left by then. */
  readonly callerLeft: boolean;
  /** What ended it before its time; null for most. */
  readonly endedBy: EndedBy | null;
  /** Whether the caller can be told so by one more event behind what has passed. */
  readonly mayTell: boolean;
  readonly error: Error | null;
}
