import type { SignalStreamRow } from "../domain/ports.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "./common/console-client.ts";
import { table } from "./common/printer.ts";
import type { Verb } from "./common/verb.ts";

/** `sallyport signals list` */
export const list: Verb = {
  usage: "list",
  summary: "who sends signals about callers, and whether they arrive",
  examples: ["signals list", "signals list --json"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions) {
    const answer = await withConsole(options, (session) => session.get("/api/signals"));
    printer.result(options.json, answer, streamTable(answer["items"] as SignalStreamRow[]));
  },
};

function streamTable(rows: readonly SignalStreamRow[]): string {
  if (rows.length === 0) return "Nobody sends signals; see the section signals of the configuration.";
  const when = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  const cells = rows.map((row) => [
    row.id,
    row.delivery,
    row.status ?? "unknown",
    when(row.heard_at),
    when(row.verified_at),
    row.problem ?? row.reason,
  ]);
  return table(["TRANSMITTER", "DELIVERY", "STATUS", "HEARD", "VERIFIED", "PROBLEM"], cells);
}

/** `sallyport signals verify TRANSMITTER` */
export const verify: Verb = {
  usage: "verify <transmitter>",
  summary: "have a verification event sent, and wait until it has come",
  examples: ["signals verify corporate-idp"],
  options: consoleOptions,
  async run({ printer }, options: ConsoleOptions, id: string) {
    const path = `/api/signals/${encodeURIComponent(id)}/verify`;
    const answer = await withConsole(options, (session) => session.post(path, {}));
    printer.result(options.json, answer, `Signals of ${id} arrive: the event came after ${String(answer["ms"])} ms.`);
  },
};
