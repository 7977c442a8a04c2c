import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { signalEvents, type SignalName, streamEvents } from "../../../gateway/domain/signal.ts";

/** What is put into a SET, beside what every SET has. */
export interface SetParts {
  readonly claims?: JWTPayload & Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  /** Claims taken out again. */
  readonly without?: readonly string[];
  /** Another key than the published one. */
  readonly key?: CryptoKey;
}

interface Stream {
  readonly stream_id: string;
  readonly [member: string]: unknown;
}

export interface TransmitterOptions {
  readonly audience: string;
  /** Of the issuer, such as "/tenant-1". */
  readonly path?: string;
  /** It wants this in Authorization. */
  readonly authorization?: string;
  /** Delay of an empty answer to a request that may wait; milliseconds. */
  readonly holdMs?: number;
}

let serial = 0;

/**
 * A small transmitter of these tests: no package of one is published. It speaks SSF 1.0 over real HTTP (metadata, keys, streams,
 * status, subjects, verification), signs SETs with jose, and delivers them by push (RFC 8935) and poll (RFC 8936).
 */
export class TestTransmitter {
  readonly origin: string;
  readonly issuer: string;
  readonly streams = new Map<string, Stream>();
  readonly subjects: unknown[] = [];
  /** Every request that came, with its body. */
  readonly requests: { readonly method: string; readonly path: string; readonly body: Record<string, unknown> }[] = [];
  /** What polls have acknowledged and refused. */
  readonly acked: string[] = [];
  readonly refused: Record<string, { err: string; description: string }> = {};
  status: { status: string; reason?: string } = { status: "enabled" };
  /** Answers every request with this status; null: as usual. */
  broken: number | null = null;
  /** Whether verification events that are asked for are sent. */
  verifies = true;
  readonly #options: TransmitterOptions;
  readonly #privateKey: CryptoKey;
  readonly #jwk: object;
  readonly #waiting = new Map<string, string>();
  readonly #port: number;
  #server: Server;
  #release: (() => void)[] = [];

  private constructor(options: TransmitterOptions, server: Server, privateKey: CryptoKey, jwk: object) {
    this.#options = options;
    this.#server = server;
    this.#privateKey = privateKey;
    this.#jwk = jwk;
    this.#port = (server.address() as AddressInfo).port;
    this.origin = `http://127.0.0.1:${this.#port}`;
    this.issuer = this.origin + (options.path ?? "");
    this.#listenTo(server);
  }

  static async start(options: TransmitterOptions): Promise<TestTransmitter> {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
    return new TestTransmitter(options, await listening(0), privateKey, jwk);
  }

  /** Nobody answers under its address until `comeBack`. */
  async goAway(): Promise<void> {
    this.#release.splice(0).forEach((release) => release());
    await new Promise<void>((done) => {
      this.#server.close(() => done());
      this.#server.closeAllConnections();
    });
  }

  async comeBack(): Promise<void> {
    this.#server = await listening(this.#port);
    this.#listenTo(this.#server);
  }

  close(): Promise<void> {
    return this.#server.listening ? this.goAway() : Promise.resolve();
  }

  /** A signed SET with one event of CAEP or RISC. */
  event(name: SignalName, subject: object, payload: object = {}, parts: SetParts = {}): Promise<string> {
    return this.set({
      ...parts,
      claims: { sub_id: subject, events: { [signalEvents[name]]: payload }, ...parts.claims },
    });
  }

  async set({ claims, header, without = [], key = this.#privateKey }: SetParts): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    const all: Record<string, unknown> = {
      iss: this.issuer,
      aud: this.#options.audience,
      iat,
      jti: `set-${(serial += 1)}`,
      ...claims,
    };
    for (const name of without) delete all[name];
    const protectedHeader = { alg: "RS256", kid: "k1", typ: "secevent+jwt", ...header };
    return new SignJWT(all).setProtectedHeader(protectedHeader).sign(key);
  }

  /** Offers a SET to whoever polls. @returns its id, or the one it is offered under */
  offer(set: string, id = jtiOf(set)): string {
    this.#waiting.set(id, set);
    this.#release.splice(0).forEach((release) => release());
    return id;
  }

  get offered(): number {
    return this.#waiting.size;
  }

  /** Pushes a SET to where its stream says; by itself to `to`. */
  async push(set: string, to?: { readonly url: string; readonly authorization: string }) {
    const { endpoint_url, authorization_header } = deliveryOf([...this.streams.values()][0]);
    const response = await fetch(to?.url ?? String(endpoint_url), {
      method: "POST",
      headers: {
        "content-type": "application/secevent+jwt",
        authorization: to?.authorization ?? String(authorization_header),
      },
      body: set,
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : (JSON.parse(text) as Record<string, string>) };
  }

  #listenTo(server: Server): void {
    server.on("request", (req: IncomingMessage, res: ServerResponse) => {
      this.#answer(req, res).catch((failure: unknown) => res.writeHead(500).end(String(failure)));
    });
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await jsonOf(req);
    const url = new URL(req.url ?? "", this.origin);
    this.requests.push({ method: req.method ?? "", path: url.pathname, body });
    const open = url.pathname.startsWith("/.well-known/") || url.pathname === "/jwks";
    if (this.broken !== null) return void res.writeHead(this.broken).end();
    const { authorization } = this.#options;
    if (!open && authorization !== undefined && req.headers.authorization !== authorization)
      return void res.writeHead(401).end();
    const send = (status: number, document?: unknown): void => {
      res.writeHead(status, { "content-type": "application/json" });
      res.end(document === undefined ? "" : JSON.stringify(document));
    };
    if (url.pathname === "/poll") return send(200, await this.#poll(body));
    const streamId = url.searchParams.get("stream_id");
    return this.#manage(req.method ?? "", url.pathname, streamId, body, send);
  }

  async #manage(
    method: string,
    path: string,
    streamId: string | null,
    body: Record<string, unknown>,
    send: (status: number, document?: unknown) => void,
  ): Promise<void> {
    if (path.startsWith("/.well-known/ssf-configuration")) return send(200, this.#metadata());
    if (path === "/jwks") return send(200, { keys: [this.#jwk] });
    if (path === "/status") return send(200, { stream_id: streamId, ...this.status });
    if (path === "/subjects") {
      this.subjects.push(body["subject"]);
      return send(200, {});
    }
    if (path === "/verify") {
      send(204);
      return this.#verify(String(body["stream_id"]), body["state"]);
    }
    if (path !== "/streams") return send(404);
    if (method === "GET" && streamId === null) return send(200, [...this.streams.values()]);
    const known = this.streams.get(streamId ?? String(body["stream_id"]));
    if (method === "POST") return send(201, this.#keep(`stream-${(serial += 1)}`, body));
    if (known === undefined) return send(404);
    return send(200, method === "PATCH" ? this.#keep(known.stream_id, { ...known, ...body }) : known);
  }

  #keep(id: string, body: Record<string, unknown>): Stream {
    const wanted = body["delivery"] as Record<string, string>;
    const isPoll = wanted["method"] === "urn:ietf:rfc:8936";
    const delivery = isPoll ? { ...wanted, endpoint_url: `${this.origin}/poll` } : wanted;
    const stream = { ...body, stream_id: id, iss: this.issuer, aud: this.#options.audience, delivery };
    this.streams.set(id, stream);
    return stream;
  }

  #metadata(): object {
    return {
      spec_version: "1_0",
      issuer: this.issuer,
      jwks_uri: `${this.origin}/jwks`,
      configuration_endpoint: `${this.origin}/streams`,
      status_endpoint: `${this.origin}/status`,
      add_subject_endpoint: `${this.origin}/subjects`,
      verification_endpoint: `${this.origin}/verify`,
    };
  }

  /** By whichever way the stream has. */
  async #verify(streamId: string, state: unknown): Promise<void> {
    if (!this.verifies) return;
    const set = await this.streamEvent("verification", streamId, { state });
    if (deliveryOf(this.streams.get(streamId))["method"] === "urn:ietf:rfc:8935") await this.push(set);
    else this.offer(set);
  }

  streamEvent(name: keyof typeof streamEvents, streamId: string, payload: object): Promise<string> {
    const subject = { format: "opaque", id: streamId };
    return this.set({ claims: { sub_id: subject, events: { [streamEvents[name]]: payload } } });
  }

  async #poll(body: Record<string, unknown>): Promise<object> {
    for (const jti of (body["ack"] ?? []) as string[]) {
      this.acked.push(jti);
      this.#waiting.delete(jti);
    }
    for (const [jti, error] of Object.entries((body["setErrs"] ?? {}) as typeof this.refused)) {
      this.refused[jti] = error;
      this.#waiting.delete(jti);
    }
    if (this.#waiting.size === 0 && body["returnImmediately"] !== true) await this.#somethingNew();
    const most = Number(body["maxEvents"] ?? 10);
    const sets = Object.fromEntries([...this.#waiting].slice(0, most));
    return { sets, ...(this.#waiting.size > most ? { moreAvailable: true } : {}) };
  }

  async #somethingNew(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.holdMs ?? 60_000);
    this.#release.push(resolve);
    await promise;
    clearTimeout(timer);
  }
}

function deliveryOf(stream: Stream | undefined): Record<string, string> {
  return (stream?.["delivery"] ?? {}) as Record<string, string>;
}

export function jtiOf(set: string): string {
  const payload = set.split(".")[1] ?? "";
  return String((JSON.parse(Buffer.from(payload, "base64url").toString()) as { jti?: unknown }).jti);
}

async function listening(port: number): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 0 });
  await new Promise<void>((done, failed) => server.once("error", failed).listen(port, "127.0.0.1", done));
  return server;
}

async function jsonOf(req: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
