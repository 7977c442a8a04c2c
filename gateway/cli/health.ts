import type { HealthReport } from "../domain/ports.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { consoleOption, type ConsoleOptions, consoleUrl, send } from "./common/console-client.ts";
import { configOption, type Verb, CliFailure, exits } from "./common/verb.ts";

type HealthOptions = Pick<ConsoleOptions, "console" | "config" | "json">;

/** `sallyport health`: is the gateway alive, and ready for traffic? Needs no sign-in. */
export const health: Verb = {
  usage: "health",
  summary: "is the gateway alive and ready",
  examples: ["health", "health --console https://console.example --json"],
  options: [configOption, consoleOption],
  async run({ printer }, options: HealthOptions) {
    const origin = consoleUrl(options);
    const alive = await send(origin, "/livez", {});
    const report = await reportOf(await send(origin, "/readyz", {}), origin);
    const findings = report.findings.map(
      ({ name, problem, fix }) => `${name}: ${problem}${fix === null ? "" : ` (${fix})`}`,
    );
    const state = report.ready ? "is ready" : "is alive but not ready";
    const text = [`${origin} ${state}${findings.length === 0 ? "" : ":"}`, ...findings].join("\n");
    printer.result(options.json, { alive: alive.ok, ...report }, escapeControls(text, true));
    if (!report.ready) throw new CliFailure(exits.negative, "not_ready", "");
  },
};

async function reportOf(response: Response, origin: string): Promise<HealthReport> {
  const report = (await response.json().catch(() => null)) as HealthReport | null;
  if (typeof report?.ready === "boolean" && Array.isArray(report.findings)) return report;
  throw new CliFailure(
    exits.unreachable,
    "not_a_console",
    `${origin} does not answer like a Sallyport console (status ${response.status}).`,
  );
}
