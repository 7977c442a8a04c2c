import { basename } from "node:path";
import type { ActivePolicy, PolicyStatus } from "../domain/ports.ts";
import type { BundlePolicy } from "./active/active-policy.ts";
import { archiveDigest, withPrivateCopy } from "./archive/archive.ts";
import {
  asLine,
  asFailure,
  Attempts,
  type BundleFailure,
  editedFiles,
  FailureState,
  isRefusedAsBuilt,
  TransientFailure,
  whyUnwatched,
} from "./failure.ts";
import { policyOfArchive } from "./active/from-archive.ts";
import { builtOfSources, earlyStart, policyOfBuilt } from "./active/from-sources.ts";
import type { Activated, BundleDelivery, BundlesOptions } from "./bundles-options.ts";
import { pruneArchives } from "./build/built-archives.ts";
import type { GateCandidate } from "./require/gate.ts";
import { digestOfTests } from "./require/test-folder.ts";
import { checkOrder, verifier, type Verify } from "./signatures/verify.ts";
import { WholePolicy } from "./layers/archive-files.ts";
import { type PolicySource, sourceNames } from "./layers/policy-source.ts";
import { ownTests, SourceList } from "./layers/read-list.ts";
import { SourceWatch } from "./layers/source-watch.ts";
import { expectBuild, releaseThreads } from "./thread/build-thread.ts";
import { Later } from "../lib/later.ts";
import { publish } from "../lib/publish.ts";

const DEBOUNCE_MS = 60;
const POLL_MS = 5_000;
const SLOW_BUILD_MS = 10_000;
const KEEP_ARCHIVES = 10;
const unwatched = "watching the policy failed; edits are seen on the next poll";

export const createBundles = (options: BundlesOptions): BundleDelivery => new Delivery(options);

/** Keeps the newest valid policy active. One build at a time; changes during a build are built after it. */
class Delivery implements BundleDelivery {
  readonly #options: BundlesOptions;
  readonly #listeners = new Set<(status: PolicyStatus) => void>();
  readonly #failure: FailureState;
  /** By revision (folder) or digest (archive). */
  readonly #attempts: Attempts;
  #active: BundlePolicy | null = null;
  /** Digests of the files that are active, and of those that were tried last, by path. */
  #files: Record<"active" | "tried", ReadonlyMap<string, string>> = { active: new Map(), tried: new Map() };
  #running: Promise<void> | null = null;
  /** Start of the running build. */
  #begun: { readonly at: number; readonly monotonic: number } | null = null;
  #again = false;
  #closed = false;
  readonly #list: SourceList;
  readonly #whole: WholePolicy;
  #watching: SourceWatch | null = null;

  constructor(options: BundlesOptions) {
    const { clock, logger, pollMs, sources } = options;
    this.#options = options;
    this.#whole = new WholePolicy(sources);
    this.#list = new SourceList(sources, (source) => this.#verifierOf(source));
    this.#failure = new FailureState(clock, logger);
    this.#attempts = new Attempts(clock, pollMs ?? POLL_MS);
  }

  async start(): Promise<void> {
    expectBuild(this.#options.engine);
    if (this.#options.watch !== false) await this.#watch();
    await this.#refresh();
    if (this.#active !== null || this.#options.mayArrive === true) return;
    await this.close();
    throw this.#failure.thrown ?? new Error("no policy could be activated");
  }

  async #watch(): Promise<void> {
    const { engine, sources, logger, debounceMs = DEBOUNCE_MS, pollMs = POLL_MS } = this.#options;
    const options = {
      debounceMs,
      pollMs,
      begins: () => expectBuild(engine),
      changes: () => this.#list.changed(),
      calms: () => void (this.#running ?? this.#list.readAhead()),
      look: () => this.#lookOnChange(),
      isDue: () => this.#failure.current !== null,
      failed: (thrown: unknown) => logger.error(unwatched, { error: whyUnwatched(thrown) }),
    };
    // Whoever downloads a bundle says so.
    const paths = sources.list.flatMap(({ kind, path }) => (kind === "generated" || kind === "bundle" ? [] : [path]));
    this.#watching = new SourceWatch(paths, options);
    await this.#watching.start();
  }

  active(): ActivePolicy | null {
    return this.#active;
  }

  status(): PolicyStatus {
    const source = sourceNames(this.#options.sources.list);
    const status = this.#active?.status(source) ?? { active: null, warnings: [], faults: [] };
    return { ...status, failure: this.#failure.current, building: this.#runningBuild() };
  }

  watch(listener: (status: PolicyStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#watching?.close();
    await this.#running;
    releaseThreads(this.#options.engine);
  }

  look(): Promise<void> {
    this.#list.changed();
    return this.#refresh();
  }

  retry(): Promise<void> {
    this.#attempts.forget();
    return this.look();
  }

  isActive(digest: string): boolean {
    return [...this.#files.active.values()].includes(digest);
  }

  /** Everything that is active lies on this machine. */
  isStale(): boolean {
    return false;
  }

  #verifierOf(source: PolicySource): Verify | null {
    const { sources, signing, clock } = this.#options;
    const trust = source.kind === "bundle" ? sources.trustOf(source.name) : signing?.trust;
    return verifier(trust ?? null, clock);
  }

  async #lookOnChange(): Promise<boolean> {
    const before = this.#attempts.tried;
    await this.#refresh();
    return this.#attempts.tried !== before;
  }

  #refresh(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#buildUntilCurrent().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #buildUntilCurrent(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      this.#begun = null;
      try {
        const module = await this.#whole.look();
        if (module === null) await this.#fromList();
        else await this.#fromArchive(module);
      } catch (thrown) {
        this.#failed(asFailure(thrown, "activate"));
      }
    }
  }

  async #fromList(): Promise<void> {
    const { outDir, logger } = this.#options;
    // What the cache gets is written, and what the build leaves is removed, once the policy judges.
    const later = new Later();
    try {
      const build = await this.#built(later);
      if (build === null) return;
      const { built, signed, from, began } = build;
      const { policy, archive } = await policyOfBuilt(built, later, this.#options);
      await this.#activated(await this.#admitted({ policy, archive, signed }, from), began);
      await later.add(() => pruneArchives(outDir, policy.revision, this.#options.keepArchives ?? KEEP_ARCHIVES));
    } finally {
      await later.run((error) => logger.warn("what a build leaves could not be removed", { error: String(error) }));
    }
  }

  /** The sources as they are now, built; null for those that were tried before. They stay in memory only where the gate needs them. */
  async #built(later: Later) {
    const { signing = null, clock, gate, sources: named } = this.#options;
    const wasTried = (revision: string) => revision === this.#active?.revision || this.#attempts.triedLast(revision);
    const read = await this.#read(() => this.#list.read(wasTried));
    // Another test is reason to try again what its tests have stopped.
    const tests = gate === undefined ? [] : await this.#read(() => ownTests(named.list));
    const identity = `${read.revision}${digestOfTests(tests)}`;
    if (await this.#isKnown(identity, read.revision === this.#active?.revision)) return null;
    const early = earlyStart(read, this.#files.active, later, this.#options);
    const sources = await this.#read(() => this.#list.settled(read));
    this.#begin(sources.revision === read.revision ? identity : sources.revision, sources.digests);
    const began = clock.monotonic();
    const [signed = null] = sources.signed;
    if (signing !== null && signed !== null) await checkOrder(sources.revision, signed, signing.marks);
    const built = await builtOfSources(sources, early, later, this.#options);
    return { built, signed, from: { sources: gate?.needsSources === true ? sources : null, tests }, began };
  }

  /** Signed bundles are recorded before the first evaluation, so that no rollback behind them is possible. @throws BundleFailure */
  async #admitted(
    built: Omit<Activated, "approved">,
    from: Pick<GateCandidate, "sources" | "tests">,
  ): Promise<Activated> {
    const { gate, signing = null, clock } = this.#options;
    const { policy, archive, signed } = built;
    const { revision, digest } = policy;
    const approved = (await gate?.admit({ revision, digest, archive, ...from })) ?? null;
    if (signed !== null) await signing?.marks.add({ revision, ...signed, at: clock.now() });
    return { ...built, approved };
  }

  async #fromArchive(source: PolicySource): Promise<void> {
    const { path: file } = source;
    const digest = await this.#read(() => archiveDigest(file));
    if (await this.#isKnown(digest, digest === this.#active?.digest)) return;
    this.#begin(digest, new Map([[basename(file), digest]]));
    const began = this.#options.clock.monotonic();
    await withPrivateCopy(file, async (copy) => {
      if ((await archiveDigest(copy)) !== digest)
        throw new TransientFailure("load", "the bundle archive keeps changing while it is read");
      const { policy, signed } = await policyOfArchive(copy, this.#verifierOf(source), this.#options);
      const built = { policy, archive: copy, signed };
      await this.#activated(await this.#admitted(built, { sources: null, tests: [] }), began);
    });
  }

  /** After a read error the next poll reads again, whatever was tried before. */
  async #read<Content>(read: () => Promise<Content>): Promise<Content> {
    try {
      return await read();
    } catch (error) {
      this.#attempts.forget();
      this.#files.tried = new Map();
      throw error;
    }
  }

  /** Whether content was tried before. Content that equals the active one clears the failure without a build. */
  async #isKnown(identity: string, isActive: boolean): Promise<boolean> {
    if (!isActive) return !this.#attempts.isDue(identity);
    this.#begin(identity, this.#files.active);
    await this.#options.gate?.settle(this.#active);
    if (this.#failure.clear()) this.#publishStatus();
    return true;
  }

  #begin(identity: string, files: ReadonlyMap<string, string>): void {
    const { clock } = this.#options;
    this.#attempts.begin(identity);
    this.#files.tried = files;
    this.#begun = { at: clock.now(), monotonic: clock.monotonic() };
  }

  /** The running build once it is slow, so that its edit does not look active. None where what is active is looked at again. */
  #runningBuild(): PolicyStatus["building"] {
    const { clock, slowBuildMs = SLOW_BUILD_MS } = this.#options;
    if (this.#running === null || this.#begun === null || clock.monotonic() - this.#begun.monotonic < slowBuildMs)
      return null;
    const edited = editedFiles(this.#files.active, this.#files.tried);
    return edited === null ? null : { since: this.#begun.at, edited };
  }

  async #activated(activated: Activated, began: number): Promise<void> {
    const { policy, signed, approved } = activated;
    this.#active = policy;
    this.#files.active = this.#files.tried;
    this.#failure.clear();
    this.#options.logger.info(this.#options.activated?.() ?? "policy active", {
      revision: policy.revision,
      digest: policy.digest,
      rules: policy.rules.length,
      ms: Math.round(this.#options.clock.monotonic() - began),
      ...(signed === null ? {} : { signed_by: signed.keyId }),
      ...(approved === null ? {} : { accepted_by: approved.by, reason: approved.reason }),
    });
    for (const warning of policy.warnings) this.#options.logger.warn(asLine(warning));
    this.#publishStatus();
    await this.#options.kept?.(activated);
  }

  #failed(failure: BundleFailure): void {
    this.#options.failed?.(failure);
    if (isRefusedAsBuilt(failure)) void this.#options.gate?.settle(this.#active);
    const edited = this.#attempts.tried === null ? null : editedFiles(this.#files.active, this.#files.tried);
    const retried = this.#attempts.failed(failure) || edited === null;
    const kept = this.#active?.revision ?? "none";
    if (this.#failure.set(failure, { edited, retried, kept })) this.#publishStatus();
  }

  #publishStatus(): void {
    publish(this.#listeners, this.status(), (thrown) =>
      this.#options.logger.error("a listener of policy changes failed", { error: String(thrown) }),
    );
  }
}
