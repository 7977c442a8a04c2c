import type { BundleDelivery } from "../bundles/bundles-options.ts";
import { verifier } from "../bundles/signatures/verify.ts";
import type { ServedBundle } from "../domain/bundle-service.ts";
import type { ActivePolicy, Bundles, Clock, Logger, PolicyStatus } from "../domain/ports.ts";
import type { BundleTrust } from "../domain/settings.ts";
import { takesDeltas } from "./arrived-bundle.ts";
import { BundleDownload, type Problem } from "./bundle-download.ts";
import { publish } from "../lib/publish.ts";
import { BundleRequest } from "./bundle-request.ts";
import { BundleState } from "./bundle-state.ts";
import { OciRequest } from "./oci/oci-request.ts";
import type { Services } from "./services/services.ts";

export interface ServedBundlesOptions {
  /** Makes a policy of all sources; a start without one is allowed. */
  readonly delivery: BundleDelivery;
  readonly bundles: readonly ServedBundle[];
  /** Who has to sign, by the name of the bundle. */
  readonly trust: ReadonlyMap<string, BundleTrust>;
  readonly services: Pick<Services, "open">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number from 0 to 1, so that several gateways do not ask at the same moment. */
  readonly random: () => number;
}

interface Entry {
  readonly state: BundleState;
  readonly download: BundleDownload;
}

/**
 * A policy with bundles of bundle services among its sources. Whatever they send becomes active together with all other sources, in one
 * swap, or not at all; until then, and while they are away, the last good policy judges.
 */
export class ServedBundles implements Bundles {
  readonly #delivery: BundleDelivery;
  readonly #entries: readonly Entry[];
  /** Resolved once all sources that can be had at the start are there. */
  readonly #begun = Promise.withResolvers<void>();
  readonly #attempted = new Set<() => void>();
  readonly #unwatch: () => void;

  constructor(options: ServedBundlesOptions) {
    this.#delivery = options.delivery;
    this.#entries = options.bundles.map((bundle) => this.#entry(bundle, options));
    // Bundles that failed become active too when what was wrong with the others is mended.
    this.#unwatch = this.#delivery.watch(() => this.#entries.forEach(({ download }) => download.settle()));
  }

  #entry(bundle: ServedBundle, { delivery, trust, services, clock, logger, random }: ServedBundlesOptions): Entry {
    const state = new BundleState(bundle, clock, logger);
    const verify = verifier(trust.get(bundle.name) ?? null, clock);
    const download = new BundleDownload(bundle, {
      request:
        bundle.service.type === "oci"
          ? new OciRequest(bundle, services)
          : new BundleRequest(bundle, services, takesDeltas(bundle, verify) ? "snapshot,delta" : "snapshot"),
      state,
      verify,
      isActive: (digest) => delivery.isActive(digest),
      activate: () => this.#activate(),
      attempted: () => publish(this.#attempted, undefined, () => undefined),
      ...{ clock, random },
    });
    return { state, download };
  }

  async start(): Promise<void> {
    const downloads = this.#entries.map(({ download }) => download);
    const kept = await Promise.all(downloads.map((download) => download.open()));
    // What is kept judges at once; for the rest the server is waited for, once.
    await Promise.all(downloads.filter((_, index) => kept[index] !== true).map((download) => download.start()));
    await this.#delivery.start();
    for (const download of downloads) download.settle();
    this.#begun.resolve();
    for (const download of downloads) void download.start();
  }

  async #activate(): Promise<Problem | null> {
    await this.#begun.promise;
    await this.#delivery.look();
    const { failure } = this.#delivery.status();
    if (failure === null) return null;
    return { message: failure.message, locations: failure.stage === "compile" ? failure.locations : [] };
  }

  active(): ActivePolicy | null {
    return this.#delivery.active();
  }

  isStale(): boolean {
    return this.#entries.some(({ state }) => state.stale() === "denies");
  }

  status(): PolicyStatus {
    return this.#withServed(this.#delivery.status());
  }

  #withServed(status: PolicyStatus): PolicyStatus {
    return { ...status, served: this.#entries.map(({ state }) => state.status()) };
  }

  watch(listener: (status: PolicyStatus) => void): () => void {
    return this.#delivery.watch((status) => listener(this.#withServed(status)));
  }

  watchRequests(listener: () => void): () => void {
    this.#attempted.add(listener);
    return () => this.#attempted.delete(listener);
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#begun.resolve();
    await Promise.all(this.#entries.map(({ download }) => download.stop()));
    await this.#delivery.close();
  }
}
