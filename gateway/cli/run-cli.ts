import { text } from "node:stream/consumers";
import { Command } from "commander";
import { systemClock } from "../compose/clock-and-ids.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { workWhereAsked } from "./common/own-command.ts";
import { createPrinter, openTerminal, type Printer, type Streams } from "./common/printer.ts";
import { hearSignals, noSignals } from "./common/signals.ts";
import { addVerb, asCliFailure, type CliDeps, type Exit, exits, type Serve } from "./common/verb.ts";
import { nouns, verbsWithoutNoun } from "./nouns.ts";
import packageFile from "../../package.json" with { type: "json" };

/**
 * Runs one command line. `argv` is without node and script.
 * @returns the exit code; it throws nothing and does not end the process, so that output is never cut off
 */
export async function runCli(argv: readonly string[], serve: Serve, streams: Streams = process): Promise<Exit> {
  const printer = createPrinter(streams);
  // The gateway behind `serve` drains by itself.
  const { stop, close } = argv[0] === "serve" ? noSignals() : hearSignals();
  const terminal = openTerminal(streams, stop);
  const readInput = async () => (streams.stdin === undefined ? "" : text(streams.stdin));
  const deps = { printer, clock: systemClock, stop, terminal, readInput, serve };
  try {
    workWhereAsked();
    const program = await programFor(argv, deps, streams);
    await program.parseAsync([...argv], { from: "user" });
    return exits.ok;
  } catch (thrown) {
    return printFailure(thrown, printer, argv.includes("--json"));
  } finally {
    close();
  }
}

/** Of the command line's own noun or verb, and of whatever the help text of all needs. */
async function programFor([first = ""]: readonly string[], deps: CliDeps, streams: Streams): Promise<Command> {
  const program = new Command("sallyport")
    .description(
      "A reverse proxy that judges every tool call of an AI agent: forwarded, blocked, or held for a person.",
    )
    .version(packageFile.version, "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
    })
    .showHelpAfterError("(add --help for what is possible)");
  const isNoun = nouns.some(({ name }) => name === first);
  const alone = isNoun ? undefined : verbsWithoutNoun.get(first);
  if (alone !== undefined) addVerb(program, await alone(), deps);
  else if (!isNoun) for (const verb of verbsWithoutNoun.values()) addVerb(program, await verb(), deps);
  for (const { name, summary, verbs } of nouns) {
    const noun = program.command(name).description(summary);
    if (name === first || first === "help") for (const verb of await verbs()) addVerb(noun, verb, deps);
  }
  return program;
}

/** The one place where a failure becomes text, JSON and an exit code. */
function printFailure(thrown: unknown, printer: Printer, json: boolean): Exit {
  const failure = asCliFailure(thrown);
  if (failure === null) return exits.ok;
  const { code, message, details, exit } = failure;
  // Without a message the verb has printed its result; a second object on stdout would break scripts that parse it.
  if (message === "") return exit;
  printer.message(escapeControls(message, true));
  if (json) printer.result(true, { ok: false, error: { code, message, ...details } }, "");
  return exit;
}
