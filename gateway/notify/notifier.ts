import type { Approval } from "../domain/approval.ts";
import { type NotifyRule, sensitivities } from "../domain/channel.ts";
import type { NewOutboxMessage, OutboxMessage } from "../domain/ports.ts";
import type { Channel } from "./channel.ts";
import type { NotifyDeps } from "./dispatcher.ts";
import { isOver, type Notice, noticeOf } from "./notice.ts";

/** Approvals looked at in one turn of the event loop. */
const mostPerTurn = 50;

interface Notifier {
  /**
   * Looks at the approvals that changed; the dispatcher calls it too, so that one that failed is tried again. Never rejects, and
   * runs once at a time.
   */
  flush(): Promise<void>;
  /** Resolves when a look that has begun is over. */
  stop(): Promise<void>;
}

/**
 * Writes outbox messages for changes of approvals. The messages of a new approval are on disk before its caller gets the
 * answer; later changes only reopen messages that exist, after whoever made the change was answered. Never throws into the
 * publisher of an event.
 */
export function startNotifier(deps: NotifyDeps, dispatchSoon: () => void): Notifier {
  const changes = new Changes(deps, dispatchSoon);
  const unwatch = deps.approvals.events.watch(async (approval) => {
    // Whoever opened it goes on when this is done.
    if (isNew(approval) && (await tryAdd(deps, approval))) dispatchSoon();
    else changes.note(approval.id);
  });
  return {
    flush: () => changes.flush(),
    stop: () => {
      unwatch();
      return changes.stop();
    },
  };
}

/** Approvals that have changed and whose messages have not been looked at since. */
class Changes {
  readonly #deps: NotifyDeps;
  readonly #dispatchSoon: () => void;
  readonly #changed = new Set<string>();
  /** What an earlier life of this or another process left undone is read once. */
  #caughtUp = false;
  #scheduled = false;
  #flushing: Promise<void> | null = null;
  #stopped = false;

  constructor(deps: NotifyDeps, dispatchSoon: () => void) {
    this.#deps = deps;
    this.#dispatchSoon = dispatchSoon;
  }

  note(approvalId: string): void {
    this.#changed.add(approvalId);
    this.#flushSoon();
  }

  flush(): Promise<void> {
    this.#flushing ??= this.#look().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#flushing;
  }

  #flushSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      // Never rejects.
      void this.flush();
    });
  }

  async #look(): Promise<void> {
    if (this.#stopped) return;
    const { outbox, logger } = this.#deps;
    const changed = this.#changed;
    let ids: readonly string[] = [];
    try {
      if (!this.#caughtUp) for (const id of await outbox.behind()) changed.add(id);
      this.#caughtUp = true;
      ids = [...changed].slice(0, mostPerTurn);
      // Taken out first: one that changes again meanwhile is looked at again.
      for (const id of ids) changed.delete(id);
      const missing = (await Promise.all(ids.map((id) => updateMessages(this.#deps, id)))).flat();
      if (missing.length > 0) await outbox.add(missing);
      if (changed.size > 0) this.#flushSoon();
      this.#dispatchSoon();
    } catch (failure) {
      // Tried again when the dispatcher polls.
      for (const id of ids) changed.add(id);
      logger.error("channels: changes of approvals cannot be noted", { error: String(failure) });
    }
  }
}

function isNew({ state, votes, claim, approve_by, seal }: Approval): boolean {
  return state === "held" && votes.length === 0 && claim === null && approve_by === seal.approve_by;
}

async function tryAdd(deps: NotifyDeps, approval: Approval): Promise<boolean> {
  try {
    const messages = newMessages(deps, approval);
    if (messages.length > 0) await deps.outbox.add(messages);
    return true;
  } catch (failure) {
    deps.logger.error("channels: a message cannot be stored yet", { error: String(failure) });
    return false;
  }
}

/** Reopens the messages that no longer say how the approval stands. @returns the messages that a held approval lacks */
async function updateMessages(deps: NotifyDeps, id: string): Promise<NewOutboxMessage[]> {
  const { approvals, outbox } = deps;
  const approval = await approvals.store.get(id);
  if (approval === null) return [];
  const messages = await outbox.of(id);
  if (messages.length === 0) return approval.state === "held" ? newMessages(deps, approval) : [];
  await Promise.all(messages.map((message) => reopenIfChanged(deps, message.id, approval)));
  return [];
}

/** Called after a message was settled and after each change of an approval: the later of the two sees the other. */
export async function reopenIfChanged(deps: NotifyDeps, messageId: string, approval: Approval): Promise<void> {
  const { approvals, outbox, channels, quietMs } = deps;
  const message = await outbox.get(messageId);
  const channel = channels.get(message?.channel ?? "");
  if (message === null || channel === undefined || message.state !== "settled") return;
  const step = nextStep(message, approval, noticeOf(approval, deps.sender()), channel);
  if (step.send !== null) await outbox.reopen(message.id, approvals.clock.now() + quietMs);
  else if (step.closed) await outbox.close(message.id);
}

/** What to do with a message now: send a phase, or nothing; `closed`: nothing ever again. */
type Step = { readonly send: string } | { readonly send: null; readonly closed: boolean };

/** Compares what the channel was sent last with how the approval stands. */
export function nextStep(message: OutboxMessage, approval: Approval, notice: Notice, channel: Channel): Step {
  if (message.lastPhase === null && isObsolete(message, approval, channel)) return { send: null, closed: true };
  const phase = channel.phase(notice, message.lastPhase);
  return phase === message.lastPhase ? { send: null, closed: isOver(notice) } : { send: phase };
}

/** An escalation that somebody has claimed or voted on, or a question that is decided already. */
function isObsolete(message: OutboxMessage, { state, claim, votes }: Approval, channel: Channel): boolean {
  if (message.escalated && (claim !== null || votes.length > 0)) return true;
  return state !== "held" && (message.escalated || !channel.sendsDecided);
}

function newMessages({ approvals, rules, channels }: NotifyDeps, approval: Approval): NewOutboxMessage[] {
  return messagesFor(approval, rules, approvals.clock.now()).filter(({ channel }) => channels.has(channel));
}

/**
 * One message for each channel that the rules name. Immediate ones come first, so that a channel that one rule notifies now
 * is not escalated to by another. Escalations are written at once too, due when they are to be sent.
 */
function messagesFor(approval: Approval, rules: readonly NotifyRule[], now: number): NewOutboxMessage[] {
  const matching = rules.filter((rule) => matches(approval, rule));
  const immediate = matching.flatMap(({ to }) => to.map((channel) => ({ channel, due: now, escalated: false })));
  const escalations = matching.flatMap(({ escalate }) =>
    (escalate?.to ?? []).map((channel) => ({
      channel,
      due: approval.seal.created + (escalate?.afterMs ?? 0),
      escalated: true,
    })),
  );
  const seen = new Set<string>();
  const ordered = [...immediate, ...escalations.toSorted((a, b) => a.due - b.due)];
  return ordered.flatMap(({ channel, due, escalated }) => {
    if (seen.has(channel)) return [];
    seen.add(channel);
    return [{ id: `${approval.id}.${channel}`, approvalId: approval.id, channel, escalated, created: now, due }];
  });
}

function matches({ binding, requirement }: Approval, rule: NotifyRule): boolean {
  const server = binding.tool.split("/", 1)[0] ?? "";
  if (rule.servers.length > 0 && !rule.servers.includes(server)) return false;
  if (rule.roles.length > 0 && !requirement.require.some(({ role }) => rule.roles.includes(role))) return false;
  return rule.minSensitivity === null || rank(binding.sensitivity) >= rank(rule.minSensitivity);
}

/** A call without a known sensitivity ranks highest. */
function rank(sensitivity: string | null): number {
  const at = sensitivities.findIndex((one) => one === sensitivity);
  return at === -1 ? sensitivities.length - 1 : at;
}
