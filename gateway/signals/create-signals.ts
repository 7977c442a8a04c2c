import { Refusal } from "../domain/errors.ts";
import type { Clock, Finding, FindingSource, Ids, Jobs, Logger, SignalStreams, StreamStore } from "../domain/ports.ts";
import type { TransmitterSettings } from "../domain/signal.ts";
import { createKeySet, type KeyTiming, type LoadKeys, loadKeys } from "../identify/token/key-set.ts";
import type { PushedStream } from "./push-endpoint.ts";
import { SetReceiver, type SetReceiverDeps } from "./set/set-receiver.ts";
import { ManagedStream } from "./stream/managed-stream.ts";
import { Poller } from "./stream/poller.ts";
import type { Delivery } from "./stream/set-up.ts";
import { TransmitterClient } from "./stream/transmitter-client.ts";

export interface SignalsDeps extends Omit<SetReceiverDeps, "stream"> {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly background: Jobs;
  readonly streams: StreamStore;
  /** Read for each request, so that a rotated one counts. @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
  readonly chance: () => number;
  readonly fetchFailed: (transmitter: string) => void;
}

/** What other systems say of callers: the streams of all transmitters. */
export interface Signals extends FindingSource, SignalStreams {
  /** Those that are pushed, by the id of their transmitter. */
  readonly pushed: ReadonlyMap<string, PushedStream>;
  /** Sets the streams up and begins to fetch. @param url where agents reach the gateway */
  start(url: string): void;
  stop(): Promise<void>;
}

export function createSignals(transmitters: readonly TransmitterSettings[], deps: SignalsDeps): Signals {
  const feeds = new Map(transmitters.map((settings) => [settings.id, new Feed(settings, deps)]));
  const all = [...feeds.values()];
  return {
    pushed: new Map([...feeds].flatMap(([id, feed]) => (feed.pushed === null ? [] : [[id, feed.pushed] as const]))),
    start: (url) => all.forEach((feed) => feed.start(url)),
    stop: async () => void (await Promise.all(all.map((feed) => feed.stop()))),
    findings: () => all.flatMap((feed) => feed.findings()),
    list: () => Promise.all(all.map((feed) => feed.row())),
    verify(id) {
      const feed = feeds.get(id);
      if (feed === undefined) throw new Refusal("signal_transmitter_unknown");
      return feed.verify();
    },
  };
}

/** The keys of a transmitter's metadata; those that the configuration names have the times that it names. */
const discoveredTiming: KeyTiming = { refreshMs: 300_000, cooldownMs: 30_000, staleMs: 1_800_000 };
const fileTiming: KeyTiming = { refreshMs: 5_000, cooldownMs: 1_000, staleMs: 1_800_000 };

/** All that belongs to one transmitter. */
class Feed {
  readonly pushed: PushedStream | null;
  readonly #settings: TransmitterSettings;
  readonly #deps: SignalsDeps;
  readonly #stream: ManagedStream;
  readonly #poller: Poller | null;
  #url: string | null = null;
  #stops: (() => Promise<void>)[] = [];

  constructor(settings: TransmitterSettings, deps: SignalsDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const client = new TransmitterClient(settings, deps);
    const onPollUrl = (url: string): void => this.#poller?.start(url);
    const delivery = (): Delivery => this.#delivery();
    this.#stream = new ManagedStream(settings, { ...deps, client, store: deps.streams, delivery, onPollUrl });
    const receiver = new SetReceiver(
      { settings, keySet: keySetOf(settings, client, deps) },
      { ...deps, stream: this.#stream },
    );
    const { delivery: how } = settings;
    this.pushed = how.method === "push" ? { settings: how, receiver } : null;
    this.#poller =
      how.method === "poll"
        ? new Poller(settings.id, how, { ...deps, client, receiver, failed: deps.fetchFailed })
        : null;
  }

  start(url: string): void {
    const { delivery, stream, id } = this.#settings;
    const { background } = this.#deps;
    this.#url = url;
    if (stream === null) {
      if (delivery.method === "poll" && delivery.url !== null) this.#poller?.start(delivery.url);
      return;
    }
    const check = {
      name: `signals-stream-${id}`,
      failing: `the stream of signals from ${id} cannot be set up or read`,
      severity: "degraded",
      work: () => this.#stream.check(),
    } as const;
    this.#stops = [background.soon(check), background.every(stream.statusEveryMs, check)];
    if (stream.verifyEveryMs === 0) return;
    const verify = {
      name: `signals-verify-${id}`,
      failing: `the stream of signals from ${id} cannot be verified`,
      severity: "degraded",
      work: async () => void (await this.#stream.verify()),
    } as const;
    this.#stops.push(background.every(stream.verifyEveryMs, verify));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#stops.map((stop) => stop()), this.#poller?.stop()]);
  }

  verify(): Promise<number> {
    return this.#stream.verify();
  }

  findings(): Finding[] {
    return [...this.#stream.findings(), ...(this.#poller?.findings() ?? [])];
  }

  row(): ReturnType<ManagedStream["row"]> {
    return this.#stream.row(this.#poller?.problem ?? null);
  }

  #delivery(): Delivery {
    const { delivery, id } = this.#settings;
    if (delivery.method === "poll") return { method: "poll" };
    const url = delivery.url ?? `${this.#url}/signals/${id}`;
    return { method: "push", url, authorization: this.#deps.secret(delivery.authorizationReference) };
  }
}

function keySetOf({ keys, issuer }: TransmitterSettings, client: TransmitterClient, { clock, logger }: SignalsDeps) {
  const deps = { clock, logger, issuer };
  const discovered: LoadKeys = async () => (await client.keys()) as unknown as Awaited<ReturnType<LoadKeys>>;
  if (keys === null) return createKeySet(discovered, discoveredTiming, deps);
  return createKeySet(loadKeys(keys), keys.kind === "url" ? keys : fileTiming, deps);
}
