import { basename, dirname } from "node:path";
import type { BundleTrust } from "../domain/settings.ts";
import type {
  ActivePolicy,
  BundleMarks,
  Bundles,
  Clock,
  Entrypoint,
  Logger,
  PolicyEngine,
  PolicyStatus,
} from "../domain/ports.ts";
import { activate } from "./activate.ts";
import type { BundlePolicy } from "./active-policy.ts";
import { archiveDigest, readArchive, withPrivateCopy } from "./archive/archive.ts";
import {
  asLine,
  asFailure,
  Attempts,
  type BundleFailure,
  editedFiles,
  FailureState,
  TransientFailure,
} from "./failure.ts";
import { buildSources, pruneArchives } from "./build/build.ts";
import { goldenCases } from "./golden-cases.ts";
import { inspectRules } from "./build/rule-metadata.ts";
import { checkRules } from "./rule-checks/check-rules.ts";
import type { OpaCommand } from "./build/opa.ts";
import { checkOrder, type Signed, verifier } from "./signatures/verify.ts";
import { readSources, settledSources } from "./sources.ts";
import { SourceWatch } from "./source-watch.ts";

export type BundleSource =
  { readonly kind: "folder"; readonly dir: string } | { readonly kind: "archive"; readonly file: string };

export interface BundlesOptions {
  readonly engine: PolicyEngine;
  readonly source: BundleSource;
  /** Trusted keys, and the signed bundles that were active before; null or absent: no signature is required. */
  readonly signing?: { readonly trust: BundleTrust; readonly marks: BundleMarks } | null;
  readonly opa: OpaCommand;
  /** Folder for built archives. */
  readonly outDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws when `results` is not a well-formed answer of the entrypoint (`checkAnswer` of `decide/`). */
  readonly checkAnswer: (entrypoint: Entrypoint, results: unknown) => void;
  /** false: the policy of the start stays active. Default true. */
  readonly watch?: boolean;
  /** Quiet time after the last of a burst of edits, in milliseconds. */
  readonly debounceMs?: number;
  /** Interval at which the source is read and compared by digest, in milliseconds. */
  readonly pollMs?: number;
  readonly keepArchives?: number;
  /** Age at which a running build shows up in the status, in milliseconds. */
  readonly slowBuildMs?: number;
}

const DEBOUNCE_MS = 60;
const POLL_MS = 5_000;
const SLOW_BUILD_MS = 10_000;
const KEEP_ARCHIVES = 10;

export function createBundles(options: BundlesOptions): Bundles {
  return new BundleDelivery(options);
}

/** Keeps the newest valid policy active. One build at a time; changes during a build are built after it. */
class BundleDelivery implements Bundles {
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
  #watching: SourceWatch | null = null;

  constructor(options: BundlesOptions) {
    const { clock, logger, pollMs } = options;
    this.#options = options;
    this.#failure = new FailureState(clock, logger);
    this.#attempts = new Attempts(clock, pollMs ?? POLL_MS);
  }

  async start(): Promise<void> {
    const { source, logger, debounceMs, pollMs, watch } = this.#options;
    if (watch !== false) {
      this.#watching = new SourceWatch(source.kind === "folder" ? source.dir : source.file, {
        debounceMs: debounceMs ?? DEBOUNCE_MS,
        pollMs: pollMs ?? POLL_MS,
        look: () => this.#look(),
        failed: (error) =>
          logger.error("watching the policy failed; edits are seen on the next poll", { error: String(error) }),
      });
      await this.#watching.start();
    }
    await this.#refresh();
    if (this.#active !== null) return;
    await this.close();
    throw new Error(this.#failure.current?.message ?? "no policy could be activated");
  }

  active(): ActivePolicy | null {
    return this.#active;
  }

  status(): PolicyStatus {
    const { source } = this.#options;
    const name = `${source.kind} ${basename(source.kind === "folder" ? source.dir : source.file)}`;
    const failure = this.#failure.current;
    const status = this.#active?.status(name) ?? { active: null, warnings: [], faults: [] };
    return { ...status, failure, building: this.#runningBuild() };
  }

  watch(listener: (status: PolicyStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#watching?.close();
    await this.#running;
  }

  async #look(): Promise<boolean> {
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
        if (this.#options.source.kind === "folder") await this.#fromFolder(this.#options.source.dir);
        else await this.#fromArchive(this.#options.source.file);
      } catch (thrown) {
        this.#failed(asFailure(thrown, "activate"));
      }
    }
  }

  async #fromFolder(dir: string): Promise<void> {
    const { opa, outDir } = this.#options;
    const read = await this.#read(() => readSources(dir));
    if (this.#isKnown(read.revision, this.#active?.revision)) return;
    const sources = await this.#read(() => settledSources(dir, read));
    this.#begin(sources.revision, sources.digests);
    const began = this.#options.clock.monotonic();
    const compiled = await buildSources(opa, sources, outDir);
    const policy = await activate(await readArchive(compiled.archive), compiled, goldenCases(sources), this.#options);
    if (compiled.unprojected !== null)
      this.#options.logger.warn("the policy gets the whole input, which is slower", { reason: compiled.unprojected });
    this.#activated(policy, began);
    await this.#prune(outDir, policy.revision);
  }

  async #prune(outDir: string, revision: string): Promise<void> {
    try {
      await pruneArchives(outDir, revision, this.#options.keepArchives ?? KEEP_ARCHIVES);
    } catch (error) {
      // The policy is active already; only disk space is affected.
      this.#options.logger.warn("old bundle archives could not be removed", { error: String(error) });
    }
  }

  async #fromArchive(file: string): Promise<void> {
    const { opa, clock } = this.#options;
    const signing = this.#options.signing ?? null;
    const digest = await this.#read(() => archiveDigest(file));
    if (this.#isKnown(digest, this.#active?.digest)) return;
    this.#begin(digest, new Map([[basename(file), digest]]));
    const began = clock.monotonic();
    await withPrivateCopy(file, async (copy) => {
      if ((await archiveDigest(copy)) !== digest)
        throw new TransientFailure("load", "the bundle archive keeps changing while it is read");
      const archive = await readArchive(copy, verifier(signing?.trust ?? null, clock));
      const { revision, signed } = archive;
      if (signing !== null && signed !== null) await checkOrder(revision, signed, signing.marks);
      const inspected = await inspectRules(opa, `./${basename(copy)}`, dirname(copy), "load");
      const { rules, optional, resultsByExports: exportsAsTheyAre } = inspected;
      const check = { opa, archive: copy, modules: null, optional, exportsAsTheyAre };
      const { warnings: ruleWarnings } = await checkRules(check, "load");
      const warnings = [...ruleWarnings, ...archive.warnings];
      const policy = await activate(archive, { rules, warnings }, goldenCases(null), this.#options);
      // Recorded before the first evaluation, so that no rollback behind this bundle is possible.
      if (signed !== null) await signing?.marks.add({ revision, ...signed, at: clock.now() });
      this.#activated(policy, began, signed);
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
  #isKnown(identity: string, active: string | undefined): boolean {
    if (identity !== active) return !this.#attempts.isDue(identity);
    this.#begin(identity, this.#files.active);
    if (this.#failure.clear()) this.#publishStatus();
    return true;
  }

  #begin(identity: string, files: ReadonlyMap<string, string>): void {
    const { clock } = this.#options;
    this.#attempts.begin(identity);
    this.#files.tried = files;
    this.#begun = { at: clock.now(), monotonic: clock.monotonic() };
  }

  /** The running build once it is slow, so that its edit does not look active. */
  #runningBuild(): PolicyStatus["building"] {
    const { clock, slowBuildMs = SLOW_BUILD_MS } = this.#options;
    if (this.#running === null || this.#begun === null || clock.monotonic() - this.#begun.monotonic < slowBuildMs)
      return null;
    return { since: this.#begun.at, edited: editedFiles(this.#files.active, this.#files.tried) };
  }

  #activated(policy: BundlePolicy, began: number, signed: Signed | null = null): void {
    this.#active = policy;
    this.#files.active = this.#files.tried;
    this.#failure.clear();
    const ms = Math.round(this.#options.clock.monotonic() - began);
    this.#options.logger.info("policy active", {
      revision: policy.revision,
      digest: policy.digest,
      rules: policy.rules.length,
      ms,
      ...(signed === null ? {} : { signed_by: signed.keyId }),
    });
    for (const warning of policy.warnings) this.#options.logger.warn(asLine(warning));
    this.#publishStatus();
  }

  #failed(failure: BundleFailure): void {
    const read = this.#attempts.tried !== null;
    const edited = read ? editedFiles(this.#files.active, this.#files.tried) : null;
    const retried = this.#attempts.failed(failure) || !read;
    const kept = this.#active?.revision ?? "none";
    if (this.#failure.set(failure, { edited, retried, kept })) this.#publishStatus();
  }

  #publishStatus(): void {
    publish(this.#listeners, this.status(), (thrown) =>
      this.#options.logger.error("a listener of policy changes failed", { error: String(thrown) }),
    );
  }
}

/**
 * Calls each listener with `value`. A listener that throws stops neither the other listeners nor the caller; `failed`
 * gets what it threw.
 */
function publish<Value>(
  listeners: Iterable<(value: Value) => void>,
  value: Value,
  failed: (thrown: unknown) => void,
): void {
  for (const listener of listeners)
    try {
      listener(value);
    } catch (thrown) {
      failed(thrown);
    }
}
