import type { Command } from "commander";
import { readConfig } from "../config/read-config.ts";
import { checkWarnings } from "./check-warnings.ts";
import type { Cli } from "./cli.ts";
import { visible } from "./visible.ts";
import { configOption, verb } from "./verb.ts";

/** `sallyport check`: the configuration, every file it names and the policy, without starting anything. */
export function addCheck(program: Command, cli: Cli): void {
  configOption(
    verb(program, "check", "check the configuration, the files it names and the policy", [
      "check",
      "check -c deploy/sallyport.yaml --skip-secrets",
    ]),
  )
    .option("--skip-secrets", "do not look whether the secrets are there", false)
    .action(async function check(options: { config: string; json: boolean; skipSecrets: boolean }) {
      const config = readConfig(options.config, { secrets: !options.skipSecrets });
      const routes = config.routes.map(({ id, host, prefix, protocol, server }) => ({
        id,
        host,
        prefix,
        protocol,
        server,
      }));
      const issuers = config.issuers.map(({ id, issuer, development }) => ({ id, issuer, development }));
      const { kind, path } = config.policy.source;
      const warnings = await checkWarnings(config);
      const good = `${options.config} is good: ${counted(routes.length, "route")}, ${counted(issuers.length, "issuer")}, policy from ${kind} ${path}`;
      const result = { ok: true, file: config.file, routes, issuers, policy: { kind, path }, warnings };
      const lines = warnings.map((warning) => visible(`warning: ${warning}`));
      cli.printer.result(options.json, result, [...lines, good].join("\n"));
    });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
