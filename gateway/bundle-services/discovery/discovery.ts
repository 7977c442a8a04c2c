import { archiveDigest } from "../../bundles/archive/archive.ts";
import { BundleFailure } from "../../bundles/failure.ts";
import { servedSource } from "../../bundles/layers/policy-source.ts";
import type { Discovered, DiscoveryStatus, TrustedBundle } from "../../domain/bundle-service.ts";
import type { Logger } from "../../domain/ports.ts";
import type { Problem } from "../bundle-download.ts";
import { type Entry, type EntryDeps, openEntry } from "../entry.ts";

export interface DiscoverySource {
  readonly bundle: TrustedBundle;
  /** The document in the archive `file`. @throws Error that says why there is none */
  readonly evaluate: (file: string) => Promise<unknown>;
  /** @throws Error that names each mistake of the document */
  readonly read: (document: unknown) => Discovered;
}

export interface DiscoveryDeps extends EntryDeps {
  /** Puts the bundles of a document in the place of those of the one before. Resolves with why there is no policy of them yet, or null. */
  readonly apply: (discovered: Discovered) => Promise<Problem | null>;
  /** Called after each request, once what follows from its answer is done. */
  readonly attempted: () => void;
}

/**
 * Follows the discovery bundle of a bundle service. The last document without a mistake stays in force: one that cannot be evaluated, or
 * says what it may not, changes nothing.
 */
export class Discovery {
  readonly #source: DiscoverySource;
  readonly #apply: DiscoveryDeps["apply"];
  readonly #logger: Logger;
  readonly #file: string;
  readonly #entry: Entry;
  #current: Discovered | null = null;
  /** sha256:… of the archive that the document in force is from. */
  #digest: string | null = null;
  /** Why the policy is not made by that document yet; null: it is, or the bundles that have to come say so. */
  #problem: Problem | null = null;
  #applying: Promise<Problem | null> = Promise.resolve(null);

  constructor(source: DiscoverySource, { apply, attempted, ...deps }: DiscoveryDeps) {
    this.#source = source;
    this.#apply = apply;
    this.#logger = deps.logger;
    this.#file = servedSource(source.bundle.served).path;
    this.#entry = openEntry(source.bundle, deps, {
      isActive: (digest) => digest === this.#digest && this.#problem === null,
      activate: () => (this.#applying = this.#follow()),
      attempted,
    });
  }

  /** Begins to ask. Resolves when a document is in force, or it is known that there is none yet, or that takes too long. */
  async start(): Promise<void> {
    const { download, state } = this.#entry;
    if (await download.open()) {
      const problem = await this.#follow();
      if (problem === null) return download.settle();
      state.failed({ stage: "kept", message: problem.message, httpStatus: null, unsigned: false, errors: [] });
    }
    await download.start();
    await this.#applying;
  }

  /** After what is kept on disk is in force. */
  follow(): void {
    void this.#entry.download.start();
  }

  /** What the document in force says; null: there has been none yet. */
  current(): Discovered | null {
    return this.#current;
  }

  denies(): boolean {
    return this.#entry.state.stale() === "denies";
  }

  status(): DiscoveryStatus {
    const { state } = this.#entry;
    const { ignored = [], logsUnsent = false } = this.#current ?? {};
    return { ...state.status(), bytes: state.downloadedBytes, ignored, logsUnsent };
  }

  stop(): Promise<void> {
    return this.#entry.download.stop();
  }

  async #follow(): Promise<Problem | null> {
    try {
      const digest = await archiveDigest(this.#file);
      if (digest === this.#digest && this.#problem === null) return null;
      const known = digest === this.#digest ? this.#current : null;
      const discovered = known ?? this.#source.read(await this.#source.evaluate(this.#file));
      this.#problem = await this.#apply(discovered);
      this.#current = discovered;
      this.#digest = digest;
      if (known === null)
        for (const ignored of discovered.ignored) this.#logger.warn(`discovered configuration: ${ignored}`);
      return this.#problem;
    } catch (failure) {
      const locations = failure instanceof BundleFailure ? failure.locations : [];
      return { message: (failure as Error).message, locations };
    }
  }
}
