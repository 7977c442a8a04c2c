import { asRefusal, Refusal } from "../../domain/errors.ts";
import type { Clock, Logger, NoteSignal, RecordSignal, SeenSetStore, SignalNotice } from "../../domain/ports.ts";
import { type SignalEffect, streamEvents } from "../../domain/signal.ts";
import { PacedRefusals } from "../paced-refusals.ts";
import { type CarriedOut, type CarryOutDeps, planEvent, type Step } from "./carry-out.ts";
import { type SetEvent, type Transmitter, verifySet, type VerifiedSet } from "./verify-set.ts";

/** What the stream itself says, beside events about subjects. */
export interface StreamEvents {
  /** @throws Refusal signal_state, signal_malformed */
  verification(set: VerifiedSet, event: SetEvent): Promise<void>;
  /** @throws Refusal signal_malformed */
  updated(set: VerifiedSet, event: SetEvent): Promise<string>;
  /** A SET came that could be verified. */
  heard(): void;
}

export interface SetReceiverDeps extends CarryOutDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly seen: SeenSetStore;
  readonly stream: StreamEvents;
  readonly record: RecordSignal;
  readonly note: NoteSignal;
  /** For metrics: one event and what came of it. */
  readonly counted: (transmitter: string, event: string, effect: SignalEffect) => void;
}

/** So many SETs that were carried out may wait for the store to remember them. */
const mostUnremembered = 1_000;

/**
 * Takes the SETs of one transmitter: each is verified, carried out, recorded and then remembered, in this order. When a step
 * fails the transmitter is told to send it again, and what was done before is not done twice.
 */
export class SetReceiver {
  readonly #transmitter: Transmitter;
  readonly #deps: SetReceiverDeps;
  readonly #busy = new Map<string, Promise<SignalEffect>>();
  /** Carried out in this process, and not in the store yet. */
  readonly #unremembered = new Map<string, SignalNotice>();
  readonly #unsigned: PacedRefusals;

  constructor(transmitter: Transmitter, deps: SetReceiverDeps) {
    this.#unsigned = new PacedRefusals(deps.clock);
    this.#transmitter = transmitter;
    this.#deps = deps;
  }

  /**
   * @param way how it came, for the record
   * @param id the key under which a poll answer has it; null for a pushed one
   * @returns what came of it
   * @throws Refusal signal_*, which is recorded; record_unavailable
   */
  async receive(text: string, way: SignalNotice["way"], id: string | null = null): Promise<SignalEffect> {
    let set: VerifiedSet | null = null;
    try {
      set = await verifySet(text, this.#transmitter, this.#deps.clock);
      if (id !== null && id !== set.jti)
        throw new Refusal("signal_malformed", { hint: "it stands under another id than its jti" });
      this.#deps.stream.heard();
      return await this.#once(set, way);
    } catch (thrown) {
      const refusal = unavailableWhenBroken(asRefusal(thrown));
      this.refused(refusal, way, set);
      throw refusal;
    }
  }

  /** Records a mistake, or counts it, see `PacedRefusals`. */
  refused(refusal: Refusal, way: SignalNotice["way"], set: VerifiedSet | null = null): void {
    const { note, logger } = this.#deps;
    const { id } = this.#transmitter.settings;
    const text = [refusal.hint, refusal.detail].filter((one) => one !== null).join("; ");
    for (const label of set === null ? ["none"] : set.events.map(labelOf)) this.#count(label, "refused");
    const detail = set === null ? this.#unsigned.detail(text) : text;
    if (detail === null) return;
    const { code } = refusal;
    // It is sent again until it is recorded; a line for each try would take the place of other lines that wait.
    if (code === "record_unavailable")
      return logger.error("a signal could not be recorded", { transmitter: id, detail });
    const told = { effect: "refused", code, detail, targets: [], unused: [], revocations: [] } as const;
    note({ transmitter: id, way, jti: set?.jti ?? null, events: set === null ? [] : namesOf(set), ...told });
  }

  /** The same SET may come on two connections at once. */
  #once(set: VerifiedSet, way: SignalNotice["way"]): Promise<SignalEffect> {
    const busy = this.#busy.get(set.jti);
    if (busy !== undefined) return busy;
    const work = this.#handle(set, way).finally(() => this.#busy.delete(set.jti));
    this.#busy.set(set.jti, work);
    return work;
  }

  async #handle(set: VerifiedSet, way: SignalNotice["way"]): Promise<SignalEffect> {
    const { seen, record } = this.#deps;
    const { id, maxAgeMs, clockSkewMs } = this.#transmitter.settings;
    if (await seen.has(id, set.jti)) return this.#repeated(set, way);
    const notice = this.#unremembered.get(set.jti) ?? (await this.#carryOut(set, way));
    await record(notice);
    // From here on it is refused by its age.
    await seen.add(id, set.jti, set.issuedAt + maxAgeMs + clockSkewMs);
    this.#unremembered.delete(set.jti);
    return notice.effect;
  }

  /** Whoever repeats a SET may have missed the answer, so it is acknowledged, and nothing is done (RFC 8935 §2). */
  async #repeated(set: VerifiedSet, way: SignalNotice["way"]): Promise<SignalEffect> {
    const events = namesOf(set);
    const told = { targets: [], unused: [], revocations: [], code: null, detail: "it was carried out before" };
    for (const event of set.events) this.#count(labelOf(event), "repeated");
    const { id } = this.#transmitter.settings;
    await this.#deps.record({ transmitter: id, way, jti: set.jti, events, effect: "repeated", ...told });
    return "repeated";
  }

  /** All events are read before the first is acted upon. */
  async #carryOut(set: VerifiedSet, way: SignalNotice["way"]): Promise<SignalNotice> {
    const { settings } = this.#transmitter;
    const steps = set.events.map((event) => this.#step(set, event));
    const done: CarriedOut[] = [];
    for (const step of steps) done.push(await step());
    set.events.forEach((event, at) => this.#count(labelOf(event), (done[at] as CarriedOut).effect));
    const notice: SignalNotice = {
      transmitter: settings.id,
      way,
      jti: set.jti,
      events: namesOf(set),
      code: null,
      effect: strongest(done),
      detail: done.flatMap(({ detail }) => detail ?? []).join("; ") || null,
      targets: done.flatMap(({ targets }) => targets),
      unused: [...new Set(done.flatMap(({ unused }) => unused))],
      revocations: done.flatMap(({ revocations }) => revocations),
    };
    if (this.#unremembered.size < mostUnremembered) this.#unremembered.set(set.jti, notice);
    return notice;
  }

  #step(set: VerifiedSet, event: SetEvent): Step {
    const { stream } = this.#deps;
    if (event.uri === streamEvents.verification)
      return async () => {
        await stream.verification(set, event);
        return { effect: "verified", detail: null, ...noTargets };
      };
    if (event.uri === streamEvents.updated)
      return async () => ({ effect: "status", detail: await stream.updated(set, event), ...noTargets });
    return planEvent(event, set, this.#transmitter.settings, this.#deps);
  }

  #count(event: string, effect: SignalEffect): void {
    this.#deps.counted(this.#transmitter.settings.id, event, effect);
  }
}

const noTargets = { targets: [], unused: [], revocations: [] };

const byStrength: readonly SignalEffect[] = ["ended", "risk", "verified", "status", "unmapped", "ignored"];

function strongest(done: readonly CarriedOut[]): SignalEffect {
  return byStrength.find((effect) => done.some((one) => one.effect === effect)) ?? "ignored";
}

const streamNames = new Map<string, string>([
  [streamEvents.verification, "verification"],
  [streamEvents.updated, "stream-updated"],
]);

/** Names of known events; of others the beginning of the URI. */
function namesOf({ events }: VerifiedSet): string[] {
  return events.map((event) => knownName(event) ?? event.uri.slice(0, 200));
}

/** A metric has one label value for all events that the gateway does not know. */
function labelOf(event: SetEvent): string {
  return knownName(event) ?? "other";
}

function knownName({ name, uri }: SetEvent): string | null {
  return name ?? streamNames.get(uri) ?? null;
}

/** A store that cannot be written is no mistake of the transmitter. */
function unavailableWhenBroken(refusal: Refusal): Refusal {
  if (refusal.code !== "internal") return refusal;
  return new Refusal("signal_unavailable", {
    ...(refusal.detail === null ? {} : { detail: refusal.detail }),
    cause: refusal,
  });
}
