import type { Command } from "commander";
import type { HealthReport } from "../domain/ports.ts";
import type { Cli } from "./cli.ts";
import type { ConsoleOptions } from "./console-access.ts";
import { consoleUrl } from "./console-access.ts";
import { send } from "./console-client.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { configOption, verb } from "./verb.ts";
import { visible } from "./visible.ts";

/** `sallyport health`: alive, and ready for traffic? Needs no sign-in. */
export function addHealth(program: Command, cli: Cli): void {
  configOption(
    verb(program, "health", "is the gateway alive and ready", [
      "health",
      "health --console https://console.example --json",
    ]),
  )
    .option("--console <url>", "console of the gateway; default: SALLYPORT_CONSOLE, else the configuration's")
    .action(async function health(options: Pick<ConsoleOptions, "console" | "config" | "json">) {
      const origin = consoleUrl(options);
      const alive = await send(origin, "/livez", {});
      const report = await reportOf(await send(origin, "/readyz", {}), origin);
      const findings = report.findings.map(
        ({ name, problem, fix }) => `${name}: ${problem}${fix === null ? "" : ` (${fix})`}`,
      );
      const state = report.ready ? "is ready" : "is alive but not ready";
      const text = [`${origin} ${state}${findings.length === 0 ? "" : ":"}`, ...findings].join("\n");
      cli.printer.result(options.json, { alive: alive.ok, ...report }, visible(text, true));
      if (!report.ready) throw new CliFailure(exits.negative, "not_ready", "");
    });
}

async function reportOf(response: Response, origin: string): Promise<HealthReport> {
  const report = (await response.json().catch(() => null)) as HealthReport | null;
  if (typeof report?.ready === "boolean" && Array.isArray(report.findings)) return report;
  throw new CliFailure(
    exits.unreachable,
    "not_a_console",
    `${origin} does not answer like a Sallyport console (status ${response.status}).`,
  );
}
