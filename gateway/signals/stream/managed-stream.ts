import { setTimeout as pause } from "node:timers/promises";
import { Refusal } from "../../domain/errors.ts";
import {
  type Clock,
  type Finding,
  type Ids,
  type SignalStreamRow,
  type StoredStream,
  type StreamStatus,
  streamStatuses,
  type StreamStore,
} from "../../domain/ports.ts";
import type { TransmitterSettings } from "../../domain/signal.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { StreamEvents } from "../set/set-receiver.ts";
import type { SetEvent, VerifiedSet } from "../set/verify-set.ts";
import { addSubjects, type Delivery, setUpStream, unexpected, withStream } from "./set-up.ts";
import type { TransmitterClient } from "./transmitter-client.ts";

export interface ManagedStreamDeps {
  readonly client: Pick<TransmitterClient, "metadata" | "call">;
  readonly store: StreamStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How SETs are to come; read when the stream is set up. @throws Error that names a reference that cannot be read */
  readonly delivery: () => Delivery;
  /** Called with the address to poll when the stream has one. */
  readonly onPollUrl: (url: string) => void;
}

const lookEveryMs = 250;

/** The stream of one transmitter: set up, watched and verified, and what SETs say of it. */
export class ManagedStream implements StreamEvents {
  readonly #settings: TransmitterSettings;
  readonly #deps: ManagedStreamDeps;
  #known: StoredStream | null = null;
  #isSetUp = false;
  #heardAt: number | null = null;
  #verifying: Promise<number> | null = null;
  #problem: string | null = null;

  constructor(settings: TransmitterSettings, deps: ManagedStreamDeps) {
    this.#settings = settings;
    this.#deps = deps;
  }

  heard(): void {
    this.#heardAt = this.#deps.clock.now();
  }

  /** Sets the stream up, once, and reads its status. @throws Error with a sentence for the operator */
  async check(): Promise<void> {
    try {
      await this.#check();
      this.#problem = null;
    } catch (failure) {
      this.#problem = failure instanceof Error ? failure.message : String(failure);
      throw failure;
    }
  }

  async #check(): Promise<void> {
    const { stream } = this.#settings;
    if (stream === null) return;
    const { client, store, delivery, onPollUrl } = this.#deps;
    const known = await this.#read();
    if (!this.#isSetUp) {
      const { streamId, pollUrl } = await setUpStream(client, this.#settings, delivery(), known?.streamId ?? null);
      await addSubjects(client, streamId, stream.subjects);
      this.#known = await store.change(this.#settings.id, { streamId });
      this.#isSetUp = true;
      if (pollUrl !== null) onPollUrl(pollUrl);
    }
    await this.#readStatus();
  }

  async #readStatus(): Promise<void> {
    const { client, store } = this.#deps;
    const { statusEndpoint } = await client.metadata();
    const streamId = this.#known?.streamId ?? null;
    if (statusEndpoint === null || streamId === null) return;
    const answer = await client.call({ method: "GET", url: withStream(statusEndpoint, streamId) });
    if (answer.status === 404) this.#isSetUp = false;
    if (answer.status !== 200 || !isJsonObject(answer.document)) throw unexpected(answer, "read the stream's status");
    this.#known = await store.change(this.#settings.id, statusIn(answer.document));
  }

  async updated(set: VerifiedSet, { payload }: SetEvent): Promise<string> {
    await this.#assertOurs(set);
    const change = statusIn(payload);
    this.#known = await this.#deps.store.change(this.#settings.id, change);
    return `the stream is ${change.status}${change.reason === null ? "" : `: ${change.reason}`}`;
  }

  async verification(set: VerifiedSet, { payload }: SetEvent): Promise<void> {
    await this.#assertOurs(set);
    const known = await this.#read();
    const { state } = payload;
    // Without a state the transmitter asks for itself; a stream that is not set up from here is verified from elsewhere.
    const expected = state === undefined || this.#settings.stream === null || state === known?.awaited;
    if (!expected) throw new Refusal("signal_state");
    const answered = state !== undefined && state === known?.awaited;
    const change = { verifiedAt: this.#deps.clock.now(), ...(answered ? { awaited: null } : {}) };
    this.#known = await this.#deps.store.change(this.#settings.id, change);
  }

  /** SSF 1.0 §8.1.4.1: the subject is the stream itself. */
  async #assertOurs({ subject }: VerifiedSet): Promise<void> {
    const streamId = (await this.#read())?.streamId ?? null;
    if (subject["format"] === "opaque" && (streamId === null || subject["id"] === streamId)) return;
    throw new Refusal("signal_malformed", { hint: "its subject is not this stream" });
  }

  /**
   * Asks for a verification event and waits for it. Resolves with how long it took, in milliseconds.
   * @throws Refusal signal_unverifiable, signal_stream
   */
  verify(): Promise<number> {
    this.#verifying ??= this.#verify().finally(() => (this.#verifying = null));
    return this.#verifying;
  }

  async #verify(): Promise<number> {
    const { stream } = this.#settings;
    const begun = this.#deps.clock.monotonic();
    const known = await this.#read();
    const streamId = known?.streamId ?? null;
    if (stream === null || streamId === null)
      throw new Refusal("signal_unverifiable", { hint: "the gateway has not set this stream up" });
    if (!this.#isAwaited(known, stream.verifyWithinMs)) await this.#ask(streamId);
    const limit = begun + stream.verifyWithinMs;
    while ((await this.#read())?.awaited !== null) {
      if (this.#deps.clock.monotonic() >= limit)
        throw new Refusal("signal_stream", { hint: "the verification event that was asked for has not come" });
      await pause(lookEveryMs, null, { ref: false });
    }
    return this.#deps.clock.monotonic() - begun;
  }

  /** Another process has just asked: one state at a time is known to all of them. */
  #isAwaited(known: StoredStream | null, withinMs: number): boolean {
    const { awaited = null, askedAt = null } = known ?? {};
    return awaited !== null && askedAt !== null && this.#deps.clock.now() - askedAt < withinMs;
  }

  async #ask(streamId: string): Promise<void> {
    const { client, clock, ids, store } = this.#deps;
    const { verificationEndpoint: url } = await client.metadata().catch((failure: unknown) => fail(failure));
    if (url === null) throw new Refusal("signal_unverifiable", { hint: "its metadata names no verification_endpoint" });
    const state = ids.make("n");
    // Before it is asked for: the event may come before the answer.
    await store.change(this.#settings.id, { awaited: state, askedAt: clock.now() });
    const body = { stream_id: streamId, state };
    const answer = await client.call({ method: "POST", url, body }).catch((failure: unknown) => fail(failure));
    if (answer.status !== 204 && answer.status !== 200) fail(unexpected(answer, "send a verification event"));
  }

  async #read(): Promise<StoredStream | null> {
    return (this.#known = await this.#deps.store.read(this.#settings.id));
  }

  findings(): Finding[] {
    const { id } = this.#settings;
    const { status = null, reason = null } = this.#known ?? {};
    if (status === null || status === "enabled") return [];
    const why = reason === null ? "" : `: ${reason}`;
    const problem = `the transmitter ${id} sends no signals, since its stream is ${status}${why}`;
    return [{ name: "signals", problem, fix: "have the stream enabled at the transmitter", severity: "degraded" }];
  }

  async row(problem: string | null): Promise<SignalStreamRow> {
    const { id, issuer, delivery } = this.#settings;
    const { streamId = null, status = null, reason = null, verifiedAt = null } = (await this.#read()) ?? {};
    return {
      id,
      issuer,
      delivery: delivery.method,
      stream_id: streamId,
      status,
      reason,
      heard_at: this.#heardAt,
      verified_at: verifiedAt,
      problem: problem ?? this.#problem,
    };
  }
}

function fail(failure: unknown): never {
  throw new Refusal("signal_stream", {
    hint: failure instanceof Error ? failure.message : String(failure),
    cause: failure,
  });
}

/** @throws Refusal signal_malformed */
function statusIn({ status, reason }: JsonObject): { readonly status: StreamStatus; readonly reason: string | null } {
  const known = streamStatuses.find((one) => one === status);
  if (known === undefined)
    throw new Refusal("signal_malformed", { hint: `status is none of ${streamStatuses.join(", ")}` });
  return { status: known, reason: typeof reason === "string" ? reason.replace(/\p{C}/gu, " ").slice(0, 200) : null };
}
