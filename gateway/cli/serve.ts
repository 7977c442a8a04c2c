import { Option } from "commander";
import { readConfig } from "../config/read-config.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { checkWarnings } from "./check-warnings.ts";
import { type ConfigOptions, configOption, type Verb } from "./common/verb.ts";

interface ServeOptions extends ConfigOptions {
  readonly acceptStore: boolean;
}

/** `sallyport serve`: the gateway itself, in the foreground. */
export const serve: Verb = {
  usage: "serve",
  summary: "run the gateway",
  examples: ["serve", "serve -c deploy/sallyport.yaml"],
  options: [
    configOption,
    new Option("--accept-store", "start with a store that is behind its log, such as a restored one; once").default(
      false,
    ),
  ],
  run: (deps, { config, acceptStore }: ServeOptions) => deps.serve(readConfig(config), config, acceptStore),
};

interface CheckOptions extends ConfigOptions {
  readonly skipSecrets: boolean;
}

/** `sallyport check`: the configuration, every file it names and the policy, without starting anything. */
export const check: Verb = {
  usage: "check",
  summary: "check the configuration, the files it names and the policy",
  examples: ["check", "check -c deploy/sallyport.yaml --skip-secrets"],
  options: [configOption, new Option("--skip-secrets", "do not look whether the secrets are there").default(false)],
  async run({ printer }, { config: file, json, skipSecrets }: CheckOptions) {
    const config = readConfig(file, { secrets: !skipSecrets });
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
    const good = `${file} is good: ${counted(routes.length, "route")}, ${counted(issuers.length, "issuer")}, policy from ${kind} ${path}`;
    const result = { ok: true, file: config.file, routes, issuers, policy: { kind, path }, warnings };
    const lines = warnings.map((warning) => escapeControls(`warning: ${warning}`));
    printer.result(json, result, [...lines, good].join("\n"));
  },
};

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
