import { Refusal } from "../domain/errors.ts";
import type { OutboxService, Letter, LetterCount, Logger, OutboxStore } from "../domain/ports.ts";
import type { Clock } from "../domain/ports.ts";
import type { Channel } from "./channel.ts";

export interface OutboxServiceOptions {
  readonly outbox: OutboxStore;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What people see of the post: which channels there are, and which messages were given up. */
export function outboxService({ outbox, channels, clock, logger }: OutboxServiceOptions): OutboxService {
  const count = (counts: readonly LetterCount[], name: string, wanted: LetterCount["state"]): number =>
    counts.find(({ channel, state }) => channel === name && state === wanted)?.count ?? 0;
  return {
    channels: () => {
      const counts = outbox.counts(clock.now());
      return [...channels.values()].map(({ name, kind, updates }) => ({
        ...{ name, kind, updates },
        waiting: count(counts, name, "waiting"),
        dead: count(counts, name, "dead"),
      }));
    },
    deadLetters: (limit) => outbox.dead(limit).map((letter) => deadLetter(letter, channels)),
    retry: (id, by) => {
      if (!outbox.revive(id, clock.now())) throw new Refusal("letter_unknown");
      logger.info("channels: a dead letter is tried again", { letter: id, user: by });
    },
  };
}

function deadLetter(letter: Letter, channels: ReadonlyMap<string, Channel>) {
  const { id, approvalId, channel, escalated, attempts, error, errorAt, created, told } = letter;
  return {
    ...{ id, approval_id: approvalId, channel, kind: channels.get(channel)?.kind ?? null },
    ...{ escalated, attempts, error, error_at: errorAt, created, told: told !== null },
  };
}
