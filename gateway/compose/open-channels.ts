import type { Channel } from "../notify/channel.ts";
import { createChannel } from "../notify/create-channel.ts";
import { outboxService, createDispatcher, type Dispatcher } from "../notify/dispatcher.ts";
import type { ApprovalsDeps } from "../approvals/transition.ts";
import type { Config } from "../config/config.ts";
import type { ChannelRow, Clock, Finding, FindingSource, Logger, OutboxService } from "../domain/ports.ts";
import type { Metrics } from "../record/metrics/metrics.ts";
import type { AnyConnection } from "../store/engines.ts";
import { outboxStore } from "../store/outbox.ts";

/** Changes that follow each other this fast are told as one: an approved call is often executed at once. */
const quietMs = 500;

export interface OpenChannelsDeps {
  readonly approvals: ApprovalsDeps;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Channels extends FindingSource {
  readonly service: OutboxService;
  /** @param url where the console is */
  start(url: string): void;
  stop(): Promise<void>;
}

/** How people hear of held calls. Nothing is sent before `start`, which says where the console is. */
export function openChannels(config: Config, connection: AnyConnection, deps: OpenChannelsDeps): Channels {
  const { approvals, clock, logger, metrics } = deps;
  const outbox = outboxStore(connection);
  const channels = channelsOf(config, clock);
  let consoleUrl = config.listeners.console.publicUrl ?? "";
  // Without channels nobody is to be told, and items are opened as fast as ever.
  const dispatcher: Dispatcher | null =
    channels.size === 0
      ? null
      : createDispatcher({
          approvals,
          outbox,
          channels,
          logger,
          quietMs,
          rules: config.channels.notify,
          limits: config.channels.delivery,
          sender: () => ({ gateway: config.instance, environment: config.environment, consoleUrl }),
          counted: (channel, outcome) => metrics.messageSent(channel, outcome),
        });
  metrics.outbox(() => outbox.counts(clock.now()));
  const service = outboxService({ outbox, channels, clock, logger });
  return {
    service,
    async findings(): Promise<Finding[]> {
      const [rows, counts] = await Promise.all([service.channels(), outbox.counts(clock.now())]);
      return findingsOf(rows, counts);
    },
    start(url: string): void {
      consoleUrl = url;
      dispatcher?.start();
    },
    stop: async () => dispatcher?.stop(),
  };
}

/** By name. @throws nothing: secrets are read when something is sent */
export function channelsOf(config: Config, clock: Clock): ReadonlyMap<string, Channel> {
  const { channels, delivery } = config.channels;
  const around = { secret: (reference: string) => config.secret(reference), clock, timeoutMs: delivery.timeoutMs };
  return new Map(channels.map((settings) => [settings.name, createChannel(settings, around)]));
}

/** None of them keeps the gateway from its work. */
function findingsOf(
  channels: readonly ChannelRow[],
  counts: readonly { channel: string; state: string; count: number }[],
) {
  const dead = channels.filter((channel) => channel.dead > 0).map((channel) => `${channel.name}: ${channel.dead}`);
  const orphans = counts.filter(
    ({ channel, state }) => state === "waiting" && channels.every(({ name }) => name !== channel),
  );
  const findings: Finding[] = [];
  if (dead.length > 0) {
    findings.push({
      name: "channels",
      problem: `messages to people were given up (${dead.join(", ")})`,
      fix: "the page Channels of the console, and sallyport channels dead, have the last error; mend the channel, then try them again there",
      severity: "degraded",
    });
  }
  if (orphans.length > 0) {
    const names = orphans.map(({ channel }) => channel).join(", ");
    findings.push({
      name: "channels-unknown",
      problem: `messages wait for channels that the configuration no longer names (${names})`,
      fix: "name the channels again, or leave the messages be",
      severity: "degraded",
    });
  }
  return findings;
}
