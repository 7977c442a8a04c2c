import { Refusal } from "../../domain/errors.ts";
import type {
  AcceptedChange,
  ActivePolicy,
  PolicyHistory,
  PolicyHistoryEntry,
  PolicyPin,
  PolicyStatus,
  WantedPolicy,
} from "../../domain/ports.ts";
import { publish } from "../../lib/publish.ts";
import type { Activation } from "../active/activate.ts";
import type { BundlePolicy } from "../active/active-policy.ts";
import type { Activated, BundleDelivery, BundlesOptions } from "../bundles-options.ts";
import { acceptChange } from "../require/accept-change.ts";
import { ActivationGate, type GateDeps } from "../require/gate.ts";
import { entryBefore, entryNamed, lastJudged, mostRecent, withEntry } from "./history-entries.ts";
import type { HistoryContent, HistoryFile, KeptEntry, KeptPin } from "./history-file.ts";
import type { KeptArchives } from "./kept-archives.ts";
import { assertHasJudged, assertMayReturn, assertOrderKnown } from "./may-return.ts";

export interface PinnedDeliveryOptions extends Activation, Pick<BundlesOptions, "signing" | "sources"> {
  readonly file: Pick<HistoryFile, "path" | "write">;
  readonly archives: Pick<KeptArchives, "archiveOf" | "has" | "keep" | "load" | "prune">;
  /** Why what there was of the history is not used; null: it is. */
  readonly problem: string | null;
  /** What an edit has to fulfil before it is active; absent: nothing but what is checked of every policy. */
  readonly required?: Omit<GateDeps, "active" | "archiveOf" | "isUsed" | "logger">;
  /** Different policies that are kept of those that were active, and of those that were held. Default: 10. */
  readonly keep?: number;
}

const KEEP = 10;
const LONGEST_PROBLEM = 2_000;

type DeliveryHooks = Required<Pick<BundlesOptions, "kept" | "activated">> & Pick<BundlesOptions, "gate">;

/**
 * What the sources hold, unless an earlier revision is pinned: then that one judges. The sources are built and checked all the same, so
 * that mistakes in them are told, and the newest is active at once when the pin ends.
 */
export class PinnedDelivery implements BundleDelivery, PolicyHistory {
  readonly #options: PinnedDeliveryOptions;
  readonly #sources: BundleDelivery;
  readonly #listeners = new Set<(status: PolicyStatus) => void>();
  readonly #unwatch: () => void;
  #content: HistoryContent;
  #pinned: BundlePolicy | null = null;
  readonly #gate: ActivationGate | null;
  readonly #unwatchChanges: () => void;
  /** What judged last before the start, until the sources have given a policy. */
  #last: BundlePolicy | null = null;
  /** Why the history is not kept; null: it is. */
  #problem: string | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  /** Approvals that have made a policy active here. */
  readonly #used: Set<string>;

  /** `content`: of the file. `make` is given what the delivery of the sources has to call, and makes it. */
  constructor(content: HistoryContent, options: PinnedDeliveryOptions, make: (hooks: DeliveryHooks) => BundleDelivery) {
    this.#content = content;
    this.#options = options;
    this.#used = new Set(content.entries.flatMap(({ approval, outcome }) => (outcome === "active" && approval) || []));
    this.#gate = this.#gateOf(options);
    this.#unwatchChanges = options.required?.changes?.watch(() => void this.#sources.retry()) ?? (() => undefined);
    this.#sources = make({
      ...(this.#gate === null ? {} : { gate: this.#gate }),
      kept: (activated) => this.#inTurn(() => this.#keep(activated)),
      activated: () => (this.#content.pin === null ? "policy active" : "policy built; another revision is pinned"),
    });
    this.#unwatch = this.#sources.watch((status) => {
      if (status.failure !== null) void this.#inTurn(() => this.#refused(status.failure?.message ?? ""));
      this.#publish();
    });
  }

  #gateOf({ required, archives, logger }: PinnedDeliveryOptions): ActivationGate | null {
    if (required === undefined) return null;
    return new ActivationGate({
      ...required,
      logger,
      active: () => this.active(),
      archiveOf: (digest) => archives.archiveOf(digest),
      isUsed: (approval) => this.#used.has(approval),
    });
  }

  async start(): Promise<void> {
    const { pin, entries } = this.#content;
    // Its place in the order was decided when it was pinned: builds of newer bundles have moved the marks since.
    if (pin !== null) this.#pinned = await this.#loadFirst(pin, `the policy is pinned to ${pin.revision}`);
    const last = this.#gate === null || pin !== null ? null : lastJudged(entries);
    // Edits that were made while the gateway was stopped are changes of what judged before.
    if (last !== null)
      this.#last = await this.#loadFirst(last, `policy.require is about changes of revision ${last.revision}`);
    await this.#sources.start();
  }

  #loadFirst(entry: KeptEntry | KeptPin, what: string): Promise<BundlePolicy> {
    return this.#load(entry, true).catch((cause: unknown) => {
      const why = cause instanceof Refusal ? (cause.hint ?? cause.message) : String(cause);
      throw new Error(
        `${what}, which cannot be active: ${why}; to begin a new history with what the sources hold, remove ${this.#options.file.path}`,
        { cause },
      );
    });
  }

  active(): ActivePolicy | null {
    return this.#pinned ?? this.#sources.active() ?? this.#last;
  }

  status(): PolicyStatus {
    const status = this.#sources.status();
    const wrong = this.#problem ?? this.#options.problem;
    const waiting = this.#gate?.waiting ?? null;
    const more = {
      ...(wrong === null ? {} : { historyProblem: wrong }),
      ...(waiting === null ? {} : { waiting }),
    };
    const { pin } = this.#content;
    const instead = this.#pinned ?? (status.active === null ? this.#last : null);
    if (instead === null) return { ...status, ...more };
    const { active, warnings, faults } = instead.status(this.#pinned === null ? "kept" : "pinned");
    const pinned = pin === null ? {} : { pinned: shownPin(pin) };
    return { ...status, active, warnings, faults, ...pinned, ...more };
  }

  watch(listener: (status: PolicyStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  isStale(): boolean {
    return this.#sources.isStale();
  }

  look(): Promise<void> {
    return this.#sources.look();
  }

  retry(): Promise<void> {
    return this.#sources.retry();
  }

  isActive(digest: string): boolean {
    return this.#sources.isActive(digest);
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#unwatchChanges();
    await this.#sources.close();
    await this.#turn;
  }

  list(): readonly (PolicyHistoryEntry & { readonly kept: boolean })[] {
    const { archives } = this.#options;
    return this.#content.entries.toReversed().map(({ signed: _signed, approval: _approval, ...entry }) => ({
      ...entry,
      kept: entry.digest !== null && archives.has(entry.digest),
    }));
  }

  pinned(): PolicyPin | null {
    const { pin } = this.#content;
    return pin === null ? null : shownPin(pin);
  }

  activate(wanted: WantedPolicy): Promise<{ readonly revision: string; readonly pinned: boolean }> {
    return this.#inTurn(() => (wanted.revision === "latest" ? this.#unpin(wanted) : this.#pin(wanted)));
  }

  async accept(accepted: AcceptedChange) {
    const done = await acceptChange(this.#gate, this.#sources, accepted);
    this.#publish();
    const { pin } = this.#content;
    return { ...done, pinned: pin !== null && pin.revision !== done.revision };
  }

  async #pin({ revision: wanted, acceptOlder, by, reason }: WantedPolicy) {
    const { archives, clock, sources } = this.#options;
    const kept = this.#content.entries.filter(({ digest }) => digest !== null && archives.has(digest));
    const entry = wanted === "previous" ? entryBefore(kept, this.active()?.digest ?? null) : entryNamed(kept, wanted);
    const { revision, digest } = entry;
    if (this.#gate !== null) assertHasJudged(kept, entry);
    if (digest !== this.#sources.active()?.digest) assertOrderKnown(sources, acceptOlder);
    const policy = await this.#load(entry, acceptOlder);
    const since = clock.now();
    const pin: KeptPin = { revision, digest, since, by, reason, signed: entry.signed };
    await this.#write({ entries: this.#with({ ...entry, at: since, outcome: "pinned", by, reason }), pin });
    this.#pinned = policy;
    this.#options.logger.warn("policy pinned: edits of its sources are not active", { revision, digest, by, reason });
    this.#publish();
    return { revision, pinned: true };
  }

  async #unpin({ by, reason }: WantedPolicy) {
    const { clock, logger } = this.#options;
    const policy = this.#sources.active();
    if (policy === null)
      throw new Refusal("policy_revision_refused", {
        hint: this.#sources.status().failure?.message ?? "the sources have given no policy yet",
      });
    const { revision, digest } = policy;
    if (this.#content.pin === null) return { revision, pinned: false };
    const { signed = null, approval = null } = this.#content.entries.findLast((entry) => entry.digest === digest) ?? {};
    const at = clock.now();
    const entry: KeptEntry = { at, revision, digest, outcome: "active", by, reason, problem: null, signed, approval };
    await this.#options.required?.judged.note({ revision, digest });
    await this.#write({ entries: this.#with(entry), pin: null });
    if (approval !== null) this.#used.add(approval);
    this.#pinned = null;
    logger.warn("policy pinned no more: what its sources gave last is active", { revision, digest, by, reason });
    this.#publish();
    return { revision, pinned: false };
  }

  async #load(entry: KeptEntry | KeptPin, acceptOlder: boolean): Promise<BundlePolicy> {
    const { archives, signing = null } = this.#options;
    const { revision, digest, signed } = entry;
    if (revision === null || digest === null) throw new Refusal("policy_revision_unknown");
    if (signing !== null) await assertMayReturn({ revision, signed, acceptOlder }, signing);
    return archives.load(digest, this.#options).catch((cause: unknown) => {
      throw new Refusal("policy_revision_refused", { hint: (cause as Error).message, cause });
    });
  }

  /** What the sources were made to. It is active already: what is wrong with keeping it is told, and stops nothing. */
  async #keep({ policy, archive, signed, approved }: Activated): Promise<void> {
    this.#last = null;
    const { archives, clock, logger, required } = this.#options;
    const { revision, digest } = policy;
    const { entries, pin } = this.#content;
    const outcome = pin === null || pin.digest === digest ? "active" : "held";
    const approval = approved?.approval ?? null;
    // Of what is held the approval still counts: after a restart it is built and admitted once more.
    if (approval !== null && outcome === "active") this.#used.add(approval);
    const latest = entries.findLast((one) => one.outcome !== "refused");
    try {
      await archives.keep(archive, policy);
      const again =
        latest?.digest === digest &&
        (latest.outcome === outcome || (latest.outcome === "pinned" && outcome === "active"));
      const { by, reason } = approved ?? { by: null, reason: null };
      const at = clock.now();
      const entry: KeptEntry = { at, revision, digest, outcome, by, reason, problem: null, signed, approval };
      await this.#write({ entries: again ? entries : this.#with(entry), pin });
      // A gateway that starts with what judged on it before is not the latest word of the store.
      if (outcome === "active" && !(again && (await required?.judged.last()))) await required?.judged.note(policy);
      await archives.prune(mostRecent(this.#content, this.#options.keep ?? KEEP));
      this.#problem = null;
    } catch (error) {
      this.#problem = `the policy's history cannot be kept: ${String(error)}`;
      logger.warn(this.#problem, { revision });
    }
  }

  async #refused(message: string): Promise<void> {
    const problem = message.slice(0, LONGEST_PROBLEM);
    const latest = this.#content.entries.at(-1);
    if (latest?.problem === problem) return;
    const { revision = null, digest = null } = this.#gate?.waiting ?? {};
    const nothing = { by: null, reason: null, signed: null } as const;
    const at = this.#options.clock.now();
    const entry: KeptEntry = { at, outcome: "refused", problem, revision, digest, ...nothing };
    await this.#write({ entries: this.#with(entry), pin: this.#content.pin }).catch((error: unknown) => {
      this.#problem = `the policy's history cannot be kept: ${String(error)}`;
    });
  }

  #with(entry: KeptEntry): readonly KeptEntry[] {
    return withEntry(this.#content.entries, entry);
  }

  async #write(content: HistoryContent): Promise<void> {
    await this.#options.file.write(content);
    this.#content = content;
  }

  /** One after another, so that none goes by what another is about to change. */
  #inTurn<Done>(work: () => Promise<Done>): Promise<Done> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #publish(): void {
    publish(this.#listeners, this.status(), (thrown) =>
      this.#options.logger.error("a listener of policy changes failed", { error: String(thrown) }),
    );
  }
}

function shownPin({ revision, digest, since, by, reason }: KeptPin): PolicyPin {
  return { revision, digest, since, by, reason };
}
