import { basename, dirname } from "node:path";
import type { BundleTrust } from "../domain/bundle-signing.ts";
import type {
  ActivePolicy,
  BundleMarks,
  Bundles,
  Clock,
  Entrypoint,
  Logger,
  PolicyEngine,
  PolicyFailure,
  PolicyStatus,
} from "../domain/ports.ts";
import { activate } from "./activate.ts";
import { readArchive } from "./archive.ts";
import { compileSources } from "./compile.ts";
import { asFailure, type BundleFailure } from "./failure.ts";
import { goldenCases } from "./golden.ts";
import { inspectRules } from "./inspect.ts";
import { withOwnCopy } from "./own-copy.ts";
import { pruneArchives } from "./prune.ts";
import { checkOrder } from "./signatures/order.ts";
import { SignatureRefusal } from "./signatures/refusal.ts";
import { type Signed, verifier } from "./signatures/verify.ts";
import { readSources } from "./sources.ts";
import { watchPath, type Watching } from "./watch.ts";

export type BundleSource =
  { readonly kind: "folder"; readonly dir: string } | { readonly kind: "archive"; readonly file: string };

export interface BundlesOptions {
  readonly engine: PolicyEngine;
  readonly source: BundleSource;
  /** Who may sign archives, and which were active before; default: nobody has to sign. */
  readonly signing?: { readonly trust: BundleTrust; readonly marks: BundleMarks } | null;
  /** Where the `opa` command is. */
  readonly opa: string;
  /** Where built archives go. */
  readonly outDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws when `results` is no well-formed answer of the entrypoint (`checkAnswer` of `decide/`). */
  readonly checkAnswer: (entrypoint: Entrypoint, results: unknown) => void;
  /** false: what is active at the start stays. Default true. */
  readonly watch?: boolean;
  /** How long a burst of edits must be over, in milliseconds. */
  readonly debounceMs?: number;
  readonly keepArchives?: number;
}

const DEBOUNCE_MS = 60;
const KEEP_ARCHIVES = 10;

export function createBundles(options: BundlesOptions): Bundles {
  return new BundleDelivery(options);
}

/** Keeps the newest policy that works active. One build at a time; whatever changes during one is built after it. */
class BundleDelivery implements Bundles {
  readonly #options: BundlesOptions;
  readonly #listeners = new Set<(status: PolicyStatus) => void>();
  #active: ActivePolicy | null = null;
  #failure: PolicyFailure | null = null;
  /** Revision (folder) or digest (archive) of the last attempt, so that the same content is not tried again. */
  #tried: string | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #closed = false;
  #watching: Watching | null = null;

  constructor(options: BundlesOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { source, logger, debounceMs, watch } = this.#options;
    if (watch !== false) {
      const failed = (error: unknown): void =>
        logger.error("watching the policy failed; edits may go unseen", { error: String(error) });
      const path = source.kind === "folder" ? source.dir : source.file;
      this.#watching = await watchPath(path, debounceMs ?? DEBOUNCE_MS, () => void this.#refresh(), failed);
    }
    await this.#refresh();
    if (this.#active !== null) return;
    await this.close();
    throw new Error(this.#failure?.message ?? "no policy could be activated");
  }

  active(): ActivePolicy | null {
    return this.#active;
  }

  status(): PolicyStatus {
    const { source } = this.#options;
    const name = `${source.kind} ${basename(source.kind === "folder" ? source.dir : source.file)}`;
    const active =
      this.#active === null
        ? null
        : {
            revision: this.#active.revision,
            digest: this.#active.digest,
            activated_at: this.#active.activatedAt,
            source: name,
          };
    return { active, failure: this.#failure };
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
    const sources = await readSources(dir);
    if (this.#isKnown(sources.revision, this.#active?.revision)) return;
    const began = this.#options.clock.monotonic();
    const { archive, rules, unprojected } = await compileSources(opa, sources, outDir);
    const policy = await activate(await readArchive(archive), rules, goldenCases(sources), this.#options);
    if (unprojected !== null)
      this.#options.logger.warn("the policy gets the whole input, which is slower", { reason: unprojected });
    this.#activated(policy, began);
    await this.#prune(outDir, policy.revision);
  }

  async #prune(outDir: string, revision: string): Promise<void> {
    try {
      await pruneArchives(outDir, revision, this.#options.keepArchives ?? KEEP_ARCHIVES);
    } catch (error) {
      // The policy is active all the same; only disk space is at stake.
      this.#options.logger.warn("old bundle archives could not be removed", { error: String(error) });
    }
  }

  async #fromArchive(file: string): Promise<void> {
    const { opa, clock } = this.#options;
    const signing = this.#options.signing ?? null;
    const began = clock.monotonic();
    await withOwnCopy(file, async (copy) => {
      const archive = await readArchive(copy, verifier(signing?.trust ?? null, clock));
      if (this.#isKnown(archive.digest, this.#active?.digest)) return;
      const { revision, signed } = archive;
      if (signing !== null && signed !== null) checkOrder(revision, signed, signing.marks);
      const rules = await inspectRules(opa, `./${basename(copy)}`, dirname(copy), "load");
      const policy = await activate(archive, rules, goldenCases(null), this.#options);
      // Before it judges anything: what has been active once must not be forgotten.
      if (signed !== null) signing?.marks.add({ revision, ...signed, at: clock.now() });
      this.#activated(policy, began, signed);
    });
  }

  /** Content that was tried before. Back at the active one, the failure since is over without a build. */
  #isKnown(identity: string, active: string | undefined): boolean {
    if (identity === active && this.#failure !== null) {
      this.#failure = null;
      this.#tried = identity;
      this.#tell();
      return true;
    }
    if (identity === this.#tried) return true;
    this.#tried = identity;
    return false;
  }

  #activated(policy: ActivePolicy, began: number, signed: Signed | null = null): void {
    this.#active = policy;
    this.#failure = null;
    const ms = Math.round(this.#options.clock.monotonic() - began);
    this.#options.logger.info("policy active", {
      revision: policy.revision,
      digest: policy.digest,
      rules: policy.rules.length,
      ms,
      ...(signed === null ? {} : { signed_by: signed.keyId }),
    });
    this.#tell();
  }

  #failed(failure: BundleFailure): void {
    const { stage, message, locations } = failure;
    this.#failure = { at: this.#options.clock.now(), stage, message, locations };
    const kept = this.#active?.revision ?? "none";
    this.#options.logger.error(`policy not activated (${stage}); revision ${kept} stays active`, {
      stage,
      ...(failure instanceof SignatureRefusal ? { code: failure.problem } : {}),
    });
    // One line each: a log has no second lines, and people look for file:line.
    for (const problem of message.split("\n")) this.#options.logger.error(problem);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.status());
  }
}
