import { Option } from "commander";
import { channelsOf } from "../compose/open-channels.ts";
import type { Config } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import type { Clock, DeadLetter } from "../domain/ports.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { networkFailure } from "../net/post-json.ts";
import type { Channel, ChannelMessage } from "../notify/channel.ts";
import { type Notice, testNotice } from "../notify/notice.ts";
import { redacted } from "../notify/retry.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { table } from "./common/printer.ts";
import { configOption, type ConfigOptions, type Verb, wholeNumber, CliFailure, exits } from "./common/verb.ts";

/**
 * `sallyport channels test NAME`: sends from this process, with the secrets of the configuration, so that it works before
 * a gateway runs. A test message and then a change of it, so that an alert that was opened is resolved again.
 */
export const test: Verb = {
  usage: "test <name>",
  summary: "send a test message and say what the far side answered",
  examples: ["channels test payments-slack", "channels test on-call -c deploy/sallyport.yaml --json"],
  options: [configOption],
  async run({ printer, clock }, options: ConfigOptions, name: string) {
    const config = readConfig(options.config);
    const channel = channelNamed(config, name, clock);
    const messages = await sendAndChange(config, channel, clock);
    const lines = messages.map(({ what, answer, ms }) => `${name} (${channel.kind}): ${what} in ${ms} ms; ${answer}`);
    printer.result(options.json, { ok: true, channel: name, kind: channel.kind, messages }, lines.join("\n"));
  },
};

function channelNamed(config: Config, name: string, clock: Clock): Channel {
  const channels = channelsOf(config, clock);
  const channel = channels.get(name);
  if (channel !== undefined) return channel;
  const hint = didYouMean(name, [...channels.keys()]);
  throw new CliFailure(exits.usage, "channel_unknown", `The configuration names no channel ${name}${hint}.`);
}

interface TestedMessage {
  readonly what: "sent" | "changed" | "answered";
  /** The receiver's answer, without secrets. */
  readonly answer: string;
  readonly ms: number;
}

async function sendAndChange(config: Config, channel: Channel, clock: Clock): Promise<TestedMessage[]> {
  const id = `test-${clock.now().toString(36)}`;
  const { publicUrl } = config.listeners.console;
  const sender = {
    gateway: config.instance,
    environment: config.environment,
    consoleUrl: publicUrl ?? "http://127.0.0.1",
  };
  const timeoutMs = config.channels.delivery.timeoutMs;
  const notice = (state: "held" | "cancelled"): Notice => testNotice(state, clock.now(), id, sender);
  const first = await sendOne(channel, { notice: notice("held"), key: `${id}-1`, remote: null }, timeoutMs, clock);
  const change = { notice: notice("cancelled"), key: `${id}-2`, remote: first.remote };
  const second = await sendOne(channel, change, timeoutMs, clock);
  return [
    { what: "sent", answer: first.answer, ms: first.ms },
    { what: channel.updates ? "changed" : "answered", answer: second.answer, ms: second.ms },
  ];
}

/** @throws CliFailure channel_failed with the error that a dead letter would have */
async function sendOne(channel: Channel, message: Omit<ChannelMessage, "signal">, timeoutMs: number, clock: Clock) {
  const begun = clock.monotonic();
  try {
    const { remote, answer } = await channel.send({ ...message, signal: AbortSignal.timeout(timeoutMs) });
    const ms = Math.round(clock.monotonic() - begun);
    return { remote, answer: redacted(answer, channel.secrets()) || "no words", ms };
  } catch (thrown) {
    const failure = networkFailure(thrown);
    const why = redacted(failure.message, channel.secrets());
    throw new CliFailure(exits.negative, "channel_failed", `${channel.name} (${channel.kind}): ${why}`, {
      retryable: failure.retryable,
    });
  }
}

interface DeadOptions extends ConsoleOptions {
  readonly limit: number;
}

/** `sallyport channels dead` */
export const dead: Verb = {
  usage: "dead",
  summary: "messages to people that were given up, and why",
  examples: ["channels dead", "channels dead --json"],
  options: [...consoleOptions, new Option("--limit <n>", "how many at most").default(100).argParser(wholeNumber)],
  async run({ printer }, options: DeadOptions) {
    const path = `/api/channels/dead-letters?limit=${options.limit}`;
    const answer = await withConsole(options, (session) => session.get(path));
    printer.result(options.json, answer, deadLetterTable(answer["items"] as DeadLetter[]));
  },
};

function deadLetterTable(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return "No message was given up.";
  const rows = letters.map(({ id, attempts, error_at, error }) => [
    id,
    String(attempts),
    error_at === null ? null : new Date(error_at).toISOString(),
    error,
  ]);
  return table(["LETTER", "ATTEMPTS", "LAST", "ERROR"], rows);
}

/** `sallyport channels retry LETTER` */
export const retry: Verb = {
  usage: "retry <letter>",
  summary: "try a message again that was given up",
  examples: ["channels retry a_7Qm….payments-slack"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, id: string) {
    const path = `/api/channels/dead-letters/${encodeURIComponent(id)}/retry`;
    const answer = await withConsole(options, (session) => session.post(path, {}));
    printer.result(options.json, answer, `${escapeControls(id)} is tried again.`);
  },
};
