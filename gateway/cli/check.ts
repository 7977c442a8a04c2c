import type { Command } from "commander";
import { readConfig } from "../config/read-config.ts";
import type { Cli } from "./cli.ts";
import { configOption, verb } from "./verb.ts";

/** `sallyport check`: the configuration and every file it names, without starting anything. */
export function addCheck(program: Command, cli: Cli): void {
  configOption(
    verb(program, "check", "check the configuration and the files it names", [
      "check",
      "check -c deploy/sallyport.yaml --skip-secrets",
    ]),
  )
    .option("--skip-secrets", "do not look whether the secrets are there", false)
    .action(function check(options: { config: string; json: boolean; skipSecrets: boolean }) {
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
      const text = `${options.config} is good: ${counted(routes.length, "route")}, ${counted(issuers.length, "issuer")}, policy from ${kind} ${path}`;
      cli.printer.result(options.json, { ok: true, file: config.file, routes, issuers, policy: { kind, path } }, text);
    });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
