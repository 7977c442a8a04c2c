import { isDeepStrictEqual } from "node:util";
import type { BundleDelivery } from "../bundles/bundles-options.ts";
import type { CurrentSources } from "../bundles/layers/current-sources.ts";
import type { PolicySource } from "../bundles/layers/policy-source.ts";
import type { Discovered, ServedBundle, TrustedBundle } from "../domain/bundle-service.ts";
import type { ActivePolicy, Bundles, PolicyStatus } from "../domain/ports.ts";
import { publish } from "../lib/publish.ts";
import type { Problem } from "./bundle-download.ts";
import { Discovery, type DiscoverySource } from "./discovery/discovery.ts";
import { denies, type Entry, type EntryDeps, openEntry, statusesOf } from "./entry.ts";
import { type Remembered, remembered } from "./remembered.ts";

export interface ServedBundlesOptions extends EntryDeps {
  /** Makes a policy of all sources; a start without one is allowed. */
  readonly delivery: BundleDelivery;
  /** Those of the configuration. */
  readonly bundles: readonly TrustedBundle[];
  /** Null: there are no others. */
  readonly discovery: (DiscoverySource & DiscoveredSources) | null;
}

/** The sources that `delivery` makes the policy of. */
export interface DiscoveredSources {
  readonly sources: CurrentSources;
  /** With the bundles of a document. */
  readonly listWith: (bundles: readonly ServedBundle[]) => readonly PolicySource[];
}

/**
 * A policy with bundles of bundle services among its sources. Whatever they send becomes active together with all other sources, in one
 * swap, or not at all; until then, and while they are away, the last good policy judges.
 */
export class ServedBundles implements Bundles {
  readonly #options: ServedBundlesOptions;
  readonly #delivery: BundleDelivery;
  readonly #discovery: Discovery | null;
  #entries: readonly Entry[];
  /** Whether the first document, if there is one, is in force. */
  #isPrepared = false;
  #isClosed = false;
  /** By name, of every bundle that there has been. */
  readonly #remembered = new Map<string, Remembered>();
  /** Whether the sources were changed by a document, and no policy was made of them since. */
  #isOwed = false;
  /** Resolved once all sources that can be had at the start are there. */
  readonly #begun = Promise.withResolvers<void>();
  readonly #attempted = new Set<() => void>();
  readonly #unwatch: () => void;

  constructor(options: ServedBundlesOptions) {
    const { delivery, bundles, discovery } = options;
    this.#options = options;
    this.#delivery = delivery;
    this.#entries = bundles.map((bundle) => this.#open(bundle));
    this.#discovery = discovery === null ? null : this.#discoveryOf(discovery);
    // Bundles that failed become active too when what was wrong with the others is mended.
    this.#unwatch = delivery.watch(() => this.#entries.forEach(({ download }) => download.settle()));
  }

  #discoveryOf(source: DiscoverySource & DiscoveredSources): Discovery {
    return new Discovery(source, {
      ...this.#options,
      apply: (discovered) => this.#apply(discovered, source),
      attempted: () => this.#tellAttempt(),
    });
  }

  #open(bundle: TrustedBundle): Entry {
    const { name } = bundle.served;
    const known = this.#remembered.get(name) ?? remembered();
    this.#remembered.set(name, known);
    const use = {
      isActive: (digest: string) => this.#delivery.isActive(digest),
      activate: () => this.#activate(),
      attempted: () => this.#tellAttempt(),
    };
    return openEntry(bundle, this.#options, use, known);
  }

  async start(): Promise<void> {
    await this.#discovery?.start();
    this.#isPrepared = true;
    const downloads = this.#entries.map(({ download }) => download);
    const kept = await Promise.all(downloads.map((download) => download.open()));
    // What is kept judges at once; for the rest the server is waited for, once.
    await Promise.all(downloads.filter((_, index) => kept[index] !== true).map((download) => download.start()));
    await this.#delivery.start();
    for (const download of downloads) download.settle();
    this.#begun.resolve();
    this.#discovery?.follow();
    for (const download of downloads) void download.start();
  }

  /** The bundles of a document take the place of those of the one before. What both name in the same way goes on as it is. */
  async #apply({ bundles: discovered }: Discovered, { sources, listWith }: DiscoveredSources): Promise<Problem | null> {
    if (this.#isPrepared) await this.#begun.promise;
    if (this.#isClosed) throw new Error("the gateway stops");
    const wanted = [...this.#options.bundles, ...discovered];
    const before = this.#entries;
    const same = (one: TrustedBundle) => before.find(({ of }) => isDeepStrictEqual(of, one));
    const after = wanted.map((one) => same(one) ?? this.#open(one));
    const added = after.filter((entry) => !before.includes(entry));
    const removed = before.filter((entry) => !after.includes(entry));
    await Promise.all(removed.map(({ download }) => download.stop()));
    const kept = this.#isPrepared ? await Promise.all(added.map(({ download }) => download.open())) : [];
    const trust = wanted.flatMap((one) => (one.trust === null ? [] : [[one.served.name, one.trust] as const]));
    this.#entries = after;
    sources.replace(listWith(discovered.map(({ served }) => served)), new Map(trust));
    this.#forgetAgeOf(removed);
    if (!this.#isPrepared) return null;
    // A bundle that has yet to come becomes active when it does, and is too old when it does not.
    this.#isOwed = kept.every((isKept) => isKept) && (this.#isOwed || added.length + removed.length > 0);
    const problem = this.#isOwed ? await this.#activate() : null;
    this.#isOwed = problem !== null;
    for (const { download } of after) download.settle();
    for (const { download } of added) void download.start();
    return problem;
  }

  /** That of a bundle which is named again later counts from then. */
  #forgetAgeOf(removed: readonly Entry[]): void {
    const names = this.#entries.map(({ of }) => of.served.name);
    for (const { of } of removed) {
      const known = this.#remembered.get(of.served.name);
      if (known !== undefined && !names.includes(of.served.name)) known.since = null;
    }
  }

  async #activate(): Promise<Problem | null> {
    await this.#begun.promise;
    await this.#delivery.look();
    const { failure } = this.#delivery.status();
    if (failure === null) return null;
    return { message: failure.message, locations: failure.stage === "compile" ? failure.locations : [] };
  }

  #tellAttempt(): void {
    publish(this.#attempted, undefined, () => undefined);
  }

  /** What the discovered configuration in force says; null: there is none. */
  discovered(): Discovered | null {
    return this.#discovery?.current() ?? null;
  }

  active(): ActivePolicy | null {
    return this.#delivery.active();
  }

  isStale(): boolean {
    return this.#discovery?.denies() === true || denies(this.#entries);
  }

  status(): PolicyStatus {
    return this.#withServed(this.#delivery.status());
  }

  #withServed(status: PolicyStatus): PolicyStatus {
    const discovery = this.#discovery === null ? {} : { discovery: this.#discovery.status() };
    return { ...status, ...discovery, served: statusesOf(this.#entries) };
  }

  watch(listener: (status: PolicyStatus) => void): () => void {
    return this.#delivery.watch((status) => listener(this.#withServed(status)));
  }

  watchRequests(listener: () => void): () => void {
    this.#attempted.add(listener);
    return () => this.#attempted.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unwatch();
    this.#begun.resolve();
    await this.#discovery?.stop();
    await Promise.all(this.#entries.map(({ download }) => download.stop()));
    await this.#delivery.close();
  }
}
