import { createChannel } from "../../../gateway/notify/create-channel.ts";
import {
  outboxService as createOutboxService,
  type NotifyDeps,
  createDispatcher,
} from "../../../gateway/notify/dispatcher.ts";
import type { ChannelSettings, DeliveryLimits, NotifyRule } from "../../../gateway/domain/channel.ts";
import type { Logger } from "../../../gateway/domain/ports.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { type Database, openDatabase } from "../../../gateway/store/database.ts";
import { outboxStore } from "../../../gateway/store/outbox.ts";
import { systemIds } from "../../../gateway/compose/clock-and-ids.ts";
import { testApprovals } from "../approvals/test-approvals.ts";
import { TestClock } from "../builders.ts";

export const consoleUrl = "https://console.example";

export interface TestDispatcherOptions {
  readonly settings: readonly ChannelSettings[];
  /** By default every channel hears of everything. */
  readonly rules?: readonly NotifyRule[];
  readonly limits?: Partial<DeliveryLimits>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly database?: Database;
  readonly clock?: TestClock;
  readonly process?: string;
}

export const limits: DeliveryLimits = {
  attempts: 3,
  // A test that needs it to run out sets it.
  timeoutMs: 50_000,
  concurrency: 4,
  firstRetryMs: 1_000,
  longestRetryMs: 60_000,
};

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/** The real approvals, outbox, adapters and post over a real store; nothing is sent but by `post.run()`. */
export function testDispatcher(options: TestDispatcherOptions) {
  const clock = options.clock ?? new TestClock();
  const connection = new Connection(options.database ?? openDatabase(":memory:"));
  const { database } = connection;
  const approvals = testApprovals({
    connection,
    clock,
    perSubject: 1_000,
    process: options.process ?? "p_1",
    ids: systemIds(),
  });
  const secret = (reference: string): string => {
    const value = options.secrets?.[reference];
    if (value === undefined) throw new Error(`${reference} is not set`);
    return value;
  };
  const { timeoutMs } = { ...limits, ...options.limits };
  const channels = new Map(options.settings.map((one) => [one.name, createChannel(one, { secret, clock, timeoutMs })]));
  const log: LogLine[] = [];
  const counted: string[] = [];
  const room: NotifyDeps = {
    approvals: approvals.approvals,
    outbox: outboxStore(connection),
    channels,
    rules: options.rules ?? [tell([...channels.keys()])],
    limits: { ...limits, ...options.limits },
    logger: collecting(log),
    quietMs: 0,
    sender: () => ({ gateway: "gw-1", environment: "test", consoleUrl }),
    counted: (channel, outcome) => counted.push(`${channel} ${outcome}`),
  };
  const outboxService = createOutboxService({ outbox: room.outbox, channels, clock, logger: room.logger });
  return {
    ...approvals,
    database,
    clock,
    room,
    outbox: room.outbox,
    log,
    counted,
    outboxService,
    dispatcher: createDispatcher(room),
  };
}

export function tell(to: readonly string[], rule: Partial<NotifyRule> = {}): NotifyRule {
  return { to, roles: [], servers: [], minSensitivity: null, escalate: null, ...rule };
}

function collecting(log: LogLine[]): Logger {
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void log.push({ level, message, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
