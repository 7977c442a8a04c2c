import type { Command } from "commander";
import type { Channel, Message } from "../notify/channel.ts";
import { networkFailure } from "../net/delivery-answers.ts";
import { type Notice, testNotice } from "../notify/notice.ts";
import { redacted } from "../notify/redact.ts";
import { channelsOf } from "../compose/open-channels.ts";
import type { Config } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import { didYouMean } from "../lib/suggest.ts";
import type { Clock } from "../domain/ports.ts";
import type { Cli } from "./cli.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { configOption, verb } from "./verb.ts";

/**
 * `sallyport channels test NAME`: the message itself, from here and with the configuration's own secrets, so that it works
 * before any gateway runs. A test message and then its change: an alert that was opened is resolved again.
 */
export function addChannelsTest(noun: Command, cli: Cli): void {
  configOption(
    verb(noun, "test <name>", "send a test message and say what the far side answered", [
      "channels test payments-slack",
      "channels test on-call -c deploy/sallyport.yaml --json",
    ]),
  ).action(async function test(name: string, options: { config: string; json: boolean }) {
    const config = readConfig(options.config);
    const channel = channelNamed(config, name, cli.clock);
    const messages = await sendBoth(config, channel, cli.clock);
    const lines = messages.map(({ what, answer, ms }) => `${name} (${channel.kind}): ${what} in ${ms} ms; ${answer}`);
    cli.printer.result(options.json, { ok: true, channel: name, kind: channel.kind, messages }, lines.join("\n"));
  });
}

function channelNamed(config: Config, name: string, clock: Clock): Channel {
  const channels = channelsOf(config, clock);
  const channel = channels.get(name);
  if (channel !== undefined) return channel;
  const hint = didYouMean(name, [...channels.keys()]);
  throw new CliFailure(exits.usage, "channel_unknown", `The configuration names no channel ${name}${hint}.`);
}

interface Told {
  readonly what: "sent" | "changed" | "answered";
  /** The far side's own words, without secrets. */
  readonly answer: string;
  readonly ms: number;
}

async function sendBoth(config: Config, channel: Channel, clock: Clock): Promise<Told[]> {
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

/** @throws CliFailure with what went wrong, as a dead letter would have it */
async function sendOne(channel: Channel, message: Omit<Message, "signal">, timeoutMs: number, clock: Clock) {
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
