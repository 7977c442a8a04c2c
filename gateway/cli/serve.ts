import type { Command } from "commander";
import { readConfig } from "../config/read-config.ts";
import type { Cli, CliActions } from "./cli.ts";
import { configOption, verb } from "./verb.ts";

/** `sallyport serve`: the gateway itself, in the foreground. */
export function addServe(program: Command, _cli: Cli, serve: NonNullable<CliActions["serve"]>): void {
  configOption(verb(program, "serve", "run the gateway", ["serve", "serve -c deploy/sallyport.yaml"])).action(
    function run(options: { config: string }) {
      return serve(readConfig(options.config), options.config);
    },
  );
}
