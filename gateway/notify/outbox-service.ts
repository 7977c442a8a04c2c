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
