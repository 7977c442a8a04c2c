import { hash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ArchiveIdentity } from "../bundles/layers/archive-files.ts";
import { UnfitDelta } from "../bundles/layers/delta-bundle.ts";
import { SignatureRefusal } from "../bundles/failure.ts";
import { checkOrder, type Verify } from "../bundles/signatures/verify.ts";
import type { RuleError, ServedBundle, ServedBundleFailure } from "../domain/bundle-service.ts";
import type { Clock } from "../domain/ports.ts";
import { type Arrived, readArrived } from "./arrived-bundle.ts";
import { BundleFiles } from "./bundle-files.ts";
import { type BundleRequest, DownloadFailure, type ServiceAnswer } from "./bundle-request.ts";
import type { BundleState } from "./bundle-state.ts";
import { backoffMs, pollMs } from "./delays.ts";
import type { Remembered } from "./remembered.ts";

export interface BundleDownloadDeps {
  readonly request: Pick<BundleRequest, "send">;
  readonly state: BundleState;
  /** Null: the bundle needs no signature. */
  readonly verify: Verify | null;
  /** Whether the active policy was made of an archive with this digest. */
  readonly isActive: (digest: string) => boolean;
  /** Makes the policy of the sources as they are now; resolves with why it did not become active, or null. */
  readonly activate: () => Promise<Problem | null>;
  /** Called after each request, once what follows from its answer is done. */
  readonly attempted: () => void;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly known: Pick<Remembered, "newestIssuedAt">;
}

/** Why the newest bundle is not active. */
export interface Problem {
  readonly message: string;
  readonly locations: readonly RuleError[];
}

class NotActivated extends Error {
  override readonly name = "NotActivated";
  readonly locations: readonly RuleError[];

  constructor({ message, locations }: Problem) {
    super(message);
    this.locations = locations;
  }
}

/** An archive that is, or may become, a part of the active policy. */
interface Archive extends ArchiveIdentity {
  readonly etag: string | null;
  /** It was active before the start, and is on disk. */
  readonly isKept: boolean;
}

/** Least time between the starts of two long-polling requests, however fast the server answers. */
const leastMs = 100;

/**
 * Keeps one bundle of a bundle service up to date, as OPA's downloader does it: one request at a time, conditional on the bundle that
 * was activated last, again after a random pause, or at once where the server waits for news.
 */
export class BundleDownload {
  readonly #bundle: ServedBundle;
  readonly #deps: BundleDownloadDeps;
  readonly #files: BundleFiles;
  readonly #stopped = new AbortController();
  readonly #arrived = Promise.withResolvers<void>();
  #running: Promise<void> | null = null;
  #active: Archive | null = null;
  /** The archive downloaded last, until it is active. */
  #pending: Archive | null = null;
  /** Whether the server may be asked to wait for news. */
  #waits: boolean;
  /** The last answer was the source once more, whole, so that the server is asked again in a pause. */
  #isRepeat = false;
  /** Whether the active bundle is on disk for the next start. */
  #kept: Promise<boolean> = Promise.resolve(true);

  constructor(bundle: ServedBundle, deps: BundleDownloadDeps) {
    this.#bundle = bundle;
    this.#deps = deps;
    this.#files = new BundleFiles(bundle);
    this.#waits = bundle.polling.waitS !== null;
  }

  /** Takes what was active before this start, if it is to be taken. @returns whether there is something */
  async open(): Promise<boolean> {
    try {
      const confirmedAt = await this.#files.open(this.#bundle.persist);
      if (confirmedAt === null) return false;
      const kept = await this.#inspect(this.#files.downloaded);
      this.#pending = { ...kept, etag: null, isKept: true };
      this.#wasActive(kept);
      this.#deps.state.confirmed(confirmedAt);
      return true;
    } catch (failure) {
      this.#failed("kept", failure);
      await this.#files.forget().catch(() => undefined);
      return false;
    }
  }

  /** Begins to ask. Resolves when the first answer is a source, or it is known that there is none yet, or that takes too long. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    const tooLong = setTimeout(() => this.#arrived.resolve(), this.#bundle.service.headerTimeoutMs);
    return this.#arrived.promise.finally(() => clearTimeout(tooLong));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#arrived.resolve();
    await this.#running;
    await this.#kept;
  }

  /** A policy became active: the source, if it is a part of it, is what further requests are conditional on. */
  settle(): void {
    const pending = this.#pending;
    if (pending === null || !this.#deps.isActive(pending.digest)) return;
    this.#pending = null;
    this.#active = pending;
    this.#wasActive(pending);
    this.#deps.state.activated(pending.revision);
    if (!pending.isKept) this.#kept = this.#kept.then(() => this.#keep(pending));
  }

  #wasActive({ signed }: ArchiveIdentity): void {
    const issuedAt = signed?.issuedAt ?? null;
    const { known } = this.#deps;
    if (issuedAt !== null) known.newestIssuedAt = Math.max(issuedAt, known.newestIssuedAt ?? issuedAt);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const { polling } = this.#bundle;
    const { clock, random } = this.#deps;
    for (let retries = 0; !signal.aborted;) {
      const began = clock.monotonic();
      const isDone = await this.#attempt();
      if (!signal.aborted) this.#deps.attempted();
      this.#arrived.resolve();
      retries = isDone ? 0 : retries + 1;
      const asksAgain = isDone && this.#waits && polling.waitS !== null && !this.#isRepeat;
      const ms = isDone ? pollMs(polling, random) : backoffMs(retries - 1, polling.maxMs, random);
      const rest = asksAgain ? leastMs - (clock.monotonic() - began) : ms;
      await pause(Math.max(rest, 0), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One request and what follows from its answer. @returns whether what is active is the server's newest */
  async #attempt(): Promise<boolean> {
    const { clock, state } = this.#deps;
    let stage: ServedBundleFailure["stage"] = "download";
    try {
      this.#isRepeat = false;
      // While nothing is active, there is nothing to wait for news of.
      const waitS = this.#waits && this.#active !== null ? this.#bundle.polling.waitS : null;
      const answer = await this.#ask(waitS);
      if (answer.kind === "bundle" && (answer.waits || waitS !== null)) this.#waits = answer.waits;
      const problem = answer.kind === "bundle" ? await this.#take(answer) : await this.#unchanged();
      stage = "activate";
      if (problem !== null) throw new NotActivated(problem);
      state.confirmed();
      if (await this.#ensureKept()) {
        await this.#files.confirm(clock.now()).catch(() => undefined);
        state.mended();
      }
      return true;
    } catch (failure) {
      if (!this.#stopped.signal.aborted) this.#failed(stage, failure);
      // What was in the way of what is kept may have passed, although the server is still away.
      if (!this.#stopped.signal.aborted && this.#pending?.isKept === true) await this.#activate();
      return false;
    }
  }

  async #ask(waitS: number | null): Promise<ServiceAnswer> {
    const { request, state } = this.#deps;
    state.requested();
    const answer = await request.send(this.#active?.etag ?? null, waitS, this.#stopped.signal);
    state.answered();
    return answer;
  }

  /** Makes the archive the source, once all of it is known to be in order. @returns why it is not active */
  async #take({ bytes, etag }: Extract<ServiceAnswer, { kind: "bundle" }>): Promise<Problem | null> {
    const { state } = this.#deps;
    if (`sha256:${hash("sha256", bytes)}` === (this.#pending ?? this.#active)?.digest) {
      state.downloaded(bytes.length, "snapshot");
      return this.#again(etag);
    }
    const found = await this.#files
      .put(bytes, (file) => this.#inspect(file))
      .catch((failure: unknown) => {
        if (failure instanceof UnfitDelta) return failure;
        throw failure;
      });
    state.downloaded(bytes.length, found instanceof UnfitDelta ? "delta" : found.type);
    if (found instanceof UnfitDelta) return { message: found.message, locations: [] };
    const archive = { ...found, etag, isKept: false };
    const isActive = archive.digest === this.#active?.digest;
    if (isActive) this.#active = archive;
    this.#pending = isActive ? null : archive;
    return this.#activate();
  }

  /** The server sent what is the source already, which has been read and verified. @returns why it is not active */
  async #again(etag: string | null): Promise<Problem | null> {
    if (this.#pending !== null) {
      this.#pending = { ...this.#pending, etag };
      return this.#activate();
    }
    // With an ETag that was not known, the next request is conditional.
    this.#isRepeat = etag === null || this.#active?.etag !== null;
    if (this.#active !== null) this.#active = { ...this.#active, etag };
    return null;
  }

  /** What a delta is applied to. @throws DownloadFailure */
  async #base(): Promise<string | null> {
    if (this.#active === null) return null;
    await this.#ensureKeptFor("the delta bundle has nothing to change: the active bundle is not kept on disk");
    return this.#files.kept;
  }

  /** Else the server has to send everything again. @throws DownloadFailure */
  async #ensureKeptFor(problem: string): Promise<void> {
    if (await this.#kept) return;
    if (this.#active !== null) this.#active = { ...this.#active, etag: null };
    throw new DownloadFailure(problem);
  }

  /** What is active is what the server has: another source that was tried meanwhile is none any more. */
  async #unchanged(): Promise<Problem | null> {
    if (this.#active === null) throw new DownloadFailure("the server answered 304, and no bundle of it is active", 304);
    if (this.#pending === null) return null;
    await this.#ensureKeptFor("the server went back to the active bundle, which is not kept on disk");
    await this.#files.restore();
    this.#pending = null;
    return this.#activate();
  }

  async #activate(): Promise<Problem | null> {
    this.#arrived.resolve();
    const problem = await this.#deps.activate();
    this.settle();
    return this.#pending === null
      ? null
      : (problem ?? { message: "another bundle became active meanwhile", locations: [] });
  }

  /** @throws BundleFailure, DownloadFailure */
  async #inspect(file: string): Promise<Arrived> {
    const { verify, known } = this.#deps;
    const archive = await readArrived(file, { bundle: this.#bundle, verify, base: () => this.#base() });
    const newest = known.newestIssuedAt;
    if (archive.signed !== null && newest !== null)
      await checkOrder(archive.revision ?? "", archive.signed, {
        newest: () => Promise.resolve(newest),
        contentOf: () => Promise.resolve(null),
      });
    return archive;
  }

  /** What could not be kept is tried again. */
  async #ensureKept(): Promise<boolean> {
    if (!(await this.#kept) && this.#active !== null) this.#kept = this.#keep(this.#active);
    return this.#kept;
  }

  async #keep({ digest }: Archive): Promise<boolean> {
    try {
      await this.#files.keep(digest);
      return true;
    } catch (failure) {
      this.#failed("persist", failure);
      return false;
    }
  }

  #failed(stage: ServedBundleFailure["stage"], failure: unknown): void {
    const { message } = failure as Error;
    const httpStatus = failure instanceof DownloadFailure ? failure.httpStatus : null;
    const errors = failure instanceof NotActivated ? failure.locations : [];
    this.#deps.state.failed({ stage, message, httpStatus, unsigned: failure instanceof SignatureRefusal, errors });
  }
}
