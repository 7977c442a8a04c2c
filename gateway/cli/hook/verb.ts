import { Option } from "commander";
import { CliFailure, exits, type Verb, type VerbOptions } from "../common/verb.ts";
import { runHook } from "./run-hook.ts";

interface HookVerbOptions extends VerbOptions {
  readonly gateway?: string;
  readonly token?: string;
  readonly console?: string;
  readonly wait?: string;
  readonly through?: string;
  readonly server?: string;
}

/** `sallyport hook CLIENT`; main.ts goes past the command line, so that a hook starts quickly. */
export const hook: Verb = {
  usage: "hook <client>",
  summary: "ask the gateway about a call that an agent's client is about to execute itself",
  examples: [
    "hook claude-code --gateway http://127.0.0.1:8700 --token file:~/.config/sallyport/hook.token",
    "hook gemini --through crm,payments --wait 0",
  ],
  options: [
    new Option("--gateway <url>", "address of the agents listener; default: the variable SALLYPORT_GATEWAY"),
    new Option("--token <reference>", "the agent's token, env:NAME or file:PATH; default: env:SALLYPORT_HOOK_TOKEN"),
    new Option("--console <url>", "where people approve, for the text of a held call"),
    new Option("--wait <seconds>", "how long a held call waits for people; default: 45"),
    new Option("--through <names>", "MCP servers of the client that are the gateway's: judged there, not asked about"),
    new Option("--server <name>", "the server in the catalog; default: local"),
  ],
  async run(
    { readInput, printer, clock },
    { gateway, token, console, wait, through, server }: HookVerbOptions,
    client = "",
  ) {
    const named = { gateway, token, console, wait, through, server };
    const words = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
    const output = await runHook([client, ...words], { readInput, clock });
    if (output.stdout !== "") printer.result(false, null, output.stdout);
    if (output.stderr !== "") printer.message(output.stderr);
    if (output.exit !== 0) throw new CliFailure(exits.usage, "blocked", "");
  },
};
