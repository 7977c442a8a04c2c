import type { Command } from "commander";
import { readConfig } from "../config/read-config.ts";
import type { Cli, CliActions } from "./cli.ts";
import { configOption, verb } from "./verb.ts";

/** `sallyport serve`: the gateway itself, in the foreground. */
export function addServe(program: Command, _cli: Cli, serve: NonNullable<CliActions["serve"]>): void {
  configOption(verb(program, "serve", "run the gateway", ["serve", "serve -c deploy/sallyport.yaml"]))
    .option("--accept-store", "start with a store that is behind its log, such as a restored one; once", false)
    .action(function run(options: { config: string; acceptStore: boolean }) {
      return serve(readConfig(options.config), options.config, options.acceptStore);
    });
}
