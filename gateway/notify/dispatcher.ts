import { Refusal } from "../domain/errors.ts";
import type {
  Clock,
  DeadLetter,
  Logger,
  OutboxCount,
  OutboxMessage,
  OutboxService,
  OutboxStore,
} from "../domain/ports.ts";
import type { Channel } from "./channel.ts";
import type { ApprovalsDeps } from "../approvals/transition.ts";
import type { DeliveryLimits, NotifyRule } from "../domain/channel.ts";
import { deliver, type LeasedMessage } from "./deliver.ts";
import { holdLease, leaseTimes } from "./hold-lease.ts";
import type { Sender } from "./notice.ts";
import { startNotifier } from "./notifier.ts";

/** What the notifier, the dispatcher and one delivery work with. */
export interface NotifyDeps {
  readonly approvals: ApprovalsDeps;
  readonly outbox: OutboxStore;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly rules: readonly NotifyRule[];
  readonly limits: DeliveryLimits;
  readonly logger: Logger;
  /** Changes within so many milliseconds are sent as one message. */
  readonly quietMs: number;
  /** How messages name the gateway. A function, because the console's address is known only once it listens. */
  readonly sender: () => Sender;
  readonly counted: (channel: string, outcome: "sent" | "failed" | "dead") => void;
}

export interface Dispatcher {
  /** From here on due messages are looked for every `pollEveryMs` and sent. */
  start(): void;
  /** Sends what is due, and what becomes due by that; returns when nothing is in flight. */
  run(): Promise<void>;
  /** Starts nothing new. What is in flight gets `graceMs`; then it is released, to be sent after the next start. */
  stop(graceMs?: number): Promise<void>;
}

/** Retries, escalations and messages of other processes become due without an event in this process. */
const pollEveryMs = 250;

/** Sends the outbox in the background; no caller waits for it. */
export function createDispatcher(deps: NotifyDeps): Dispatcher {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  const dispatchSoon = (): void => {
    // Never rejects.
    if (timer !== null) setImmediate(() => void slots.dispatch());
  };
  const slots = createSlots(deps, stopping.signal, dispatchSoon);
  const notifier = startNotifier(deps, dispatchSoon);
  const poll = async (): Promise<void> => {
    await notifier.flush();
    await slots.dispatch();
  };
  return {
    start() {
      // Never rejects: what fails is logged and tried again.
      timer = setInterval(() => void poll(), pollEveryMs).unref();
      dispatchSoon();
    },
    async run() {
      await poll();
      while (slots.inFlight().length > 0) {
        await Promise.all(slots.inFlight());
        await poll();
      }
    },
    async stop(graceMs = 2_000) {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await notifier.stop();
      await slots.dispatched();
      const grace = setTimeout(() => stopping.abort(), graceMs);
      await Promise.all(slots.inFlight());
      clearTimeout(grace);
      stopping.abort();
    },
  };
}

interface Slots {
  /**
   * Takes due messages as far as channels have free slots, and begins to send them. Never rejects, and runs once at a time: two
   * that look for free slots at the same time would both fill them.
   */
  dispatch(): Promise<void>;
  /** Resolves when nothing is being taken. */
  dispatched(): Promise<void>;
  inFlight(): Promise<void>[];
}

/** Each channel has slots of its own, so that a channel that hangs delays no other. */
function createSlots(deps: NotifyDeps, stopping: AbortSignal, onFree: () => void): Slots {
  const { approvals, outbox, limits, logger, channels } = deps;
  const slots = new Map([...channels.keys()].map((name) => [name, new Set<Promise<void>>()]));
  /** By channel, in monotonic milliseconds: the receiver asked for a pause (Retry-After). */
  const pausedUntil = new Map<string, number>();

  async function sendDue(channel: Channel): Promise<void> {
    const busy = slots.get(channel.name) ?? new Set();
    const [now, heldSince] = [approvals.clock.now(), approvals.clock.monotonic()];
    const free = limits.concurrency - busy.size;
    if (free <= 0 || heldSince < (pausedUntil.get(channel.name) ?? 0)) return;
    const lease = approvals.ids.make("n");
    const due = await outbox.take(channel.name, now, now + leaseTimes.leaseMs, free, lease);
    for (const message of due) {
      const sending = attempt(deps, { message, channel, lease, heldSince }, stopping, pausedUntil).finally(() => {
        busy.delete(sending);
        onFree();
      });
      busy.add(sending);
    }
  }

  const looking = onceAtATime(stopping, async () => {
    try {
      await Promise.all([...channels.values()].map(sendDue));
    } catch (failure) {
      logger.error("channels: the outbox cannot be read", { error: String(failure) });
    }
  });
  return {
    dispatch: looking.run,
    dispatched: looking.over,
    inFlight: () => [...slots.values()].flatMap((busy) => [...busy]),
  };
}

/** Runs `work`, which never rejects, once at a time; what is asked for meanwhile runs once more when it is over. */
function onceAtATime(stopping: AbortSignal, work: () => Promise<void>) {
  let running: Promise<void> | null = null;
  let again = false;
  async function runAll(): Promise<void> {
    do {
      again = false;
      await work();
    } while (again && !stopping.aborted);
    running = null;
  }
  return {
    async run(): Promise<void> {
      if (stopping.aborted) return;
      again = true;
      running ??= runAll();
      await running;
    },
    async over(): Promise<void> {
      await running;
    },
  };
}

async function attempt(
  deps: NotifyDeps,
  leased: LeasedMessage,
  stopping: AbortSignal,
  pausedUntil: Map<string, number>,
): Promise<void> {
  const held = holdLease({ outbox: deps.outbox, clock: deps.approvals.clock }, leased);
  try {
    const pauseMs = await deliver(deps, leased, AbortSignal.any([stopping, held.lost]));
    if (pauseMs > 0) pausedUntil.set(leased.channel.name, deps.approvals.clock.monotonic() + pauseMs);
  } catch (failure) {
    deps.logger.error("channels: what came of a message cannot be stored", { error: String(failure) });
  } finally {
    held.end();
  }
}

interface OutboxServiceDeps {
  readonly outbox: OutboxStore;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the console shows of channels and dead letters, and the retry of a dead letter. */
export function outboxService({ outbox, channels, clock, logger }: OutboxServiceDeps): OutboxService {
  return {
    channels: async () => {
      const counts = await outbox.counts(clock.now());
      return [...channels.values()].map(({ name, kind, updates }) => ({
        name,
        kind,
        updates,
        waiting: countOf(counts, name, "waiting"),
        dead: countOf(counts, name, "dead"),
      }));
    },
    deadLetters: async (limit) => (await outbox.dead(limit)).map((message) => deadLetterOf(message, channels)),
    retry: async (id, by) => {
      if (!(await outbox.requeue(id, clock.now()))) throw new Refusal("letter_unknown");
      logger.info("channels: a dead letter is tried again", { letter: id, user: by });
    },
  };
}

function countOf(counts: readonly OutboxCount[], name: string, wanted: OutboxCount["state"]): number {
  return counts.find(({ channel, state }) => channel === name && state === wanted)?.count ?? 0;
}

function deadLetterOf(message: OutboxMessage, channels: ReadonlyMap<string, Channel>): DeadLetter {
  return {
    id: message.id,
    approval_id: message.approvalId,
    channel: message.channel,
    kind: channels.get(message.channel)?.kind ?? null,
    escalated: message.escalated,
    attempts: message.attempts,
    error: message.error,
    error_at: message.errorAt,
    created: message.created,
    told: message.lastPhase !== null,
  };
}
