import { text } from "node:stream/consumers";
import { Command } from "commander";
import { systemClock } from "../compose/clock-and-ids.ts";
import { escapeControls } from "../lib/look-alike.ts";
import * as access from "./access.ts";
import * as approvals from "./approvals/approvals.ts";
import * as receipts from "./approvals/receipts.ts";
import * as vote from "./approvals/vote.ts";
import { prove, verifyProofs } from "./audit/prove.ts";
import { report } from "./audit/report.ts";
import { rotateKey } from "./audit/rotate-key.ts";
import { verify as verifyAudit } from "./audit/verify.ts";
import { witness } from "./audit/witness.ts";
import * as channels from "./channels.ts";
import { createPrinter, openTerminal, type Printer, type Streams } from "./common/printer.ts";
import { addVerb, type CliDeps, type Serve, type Verb, asCliFailure, type Exit, exits } from "./common/verb.ts";
import { connect } from "./connect/verb.ts";
import * as connected from "./connections.ts";
import * as credentials from "./credentials.ts";
import * as decisions from "./decisions.ts";
import * as grants from "./grants.ts";
import { health } from "./health.ts";
import { signIn } from "./hook/sign-in.ts";
import { hook } from "./hook/verb.ts";
import { init } from "./init/verb.ts";
import * as people from "./people.ts";
import { bench } from "./policy/bench.ts";
import * as bundle from "./policy/bundle.ts";
import { accept as acceptPolicy } from "./policy/change/accept.ts";
import { impact } from "./policy/change/impact.ts";
import { replay } from "./policy/change/replay.ts";
import { shadow } from "./policy/change/shadow.ts";
import { check as checkPolicy } from "./policy/check.ts";
import { explain } from "./policy/explain.ts";
import * as past from "./policy/history.ts";
import { test as testPolicy } from "./policy/test.ts";
import { testcase } from "./policy/testcase.ts";
import { check, serve } from "./serve.ts";
import * as sessions from "./sessions.ts";
import * as signals from "./signals.ts";
import * as store from "./store.ts";
import * as tasks from "./tasks.ts";
import { mint } from "./token/mint.ts";
import { proof } from "./token/proof.ts";
import * as tools from "./tools.ts";
import { accept } from "./tools-accept.ts";
import { importTools } from "./tools-import.ts";
import { run } from "./trace/run.ts";

interface Noun {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly Verb[];
}

const verbsWithoutNoun: readonly Verb[] = [init, serve, check, health, connect, signIn, hook];

/** The whole command line, in the order of its help text. */
const nouns: readonly Noun[] = [
  {
    name: "approvals",
    summary: "calls that wait for a person",
    verbs: [
      approvals.list,
      approvals.show,
      vote.approve,
      vote.deny,
      approvals.watch,
      receipts.receipts,
      receipts.verify,
    ],
  },
  { name: "grants", summary: "permissions that approvals issued", verbs: [grants.list, grants.revoke] },
  { name: "access", summary: "revoke access, and lift revocations", verbs: [access.list, access.revoke, access.lift] },
  { name: "people", summary: "accounts of the console", verbs: [people.list, people.remove] },
  {
    name: "channels",
    summary: "messages to people about held calls",
    verbs: [channels.test, channels.dead, channels.retry],
  },
  {
    name: "credentials",
    summary: "what calls carry to tool servers",
    verbs: [credentials.list, credentials.check, connected.connections, connected.disconnect],
  },
  {
    name: "signals",
    summary: "what other systems say of callers",
    verbs: [signals.list, signals.verify],
  },
  {
    name: "tasks",
    summary: "access that is opened for a purpose, and ends with it",
    verbs: [tasks.open, tasks.list, tasks.show, tasks.close],
  },
  { name: "store", summary: "tables of a store in PostgreSQL", verbs: [store.status, store.migrate] },
  { name: "sessions", summary: "what agent runs have done", verbs: [sessions.list, sessions.show] },
  {
    name: "decisions",
    summary: "search the decision log",
    verbs: [decisions.tail, decisions.search, decisions.show],
  },
  {
    name: "audit",
    summary: "prove that the decision log is whole, and that an action is in it",
    verbs: [verifyAudit, prove, verifyProofs, report, rotateKey, witness],
  },
  {
    name: "policy",
    summary: "check, build and explain the policy",
    verbs: [
      checkPolicy,
      testPolicy,
      bundle.build,
      bundle.sign,
      bundle.verify,
      explain,
      bench,
      replay,
      impact,
      shadow,
      past.history,
      past.activate,
      past.rollback,
      acceptPolicy,
      testcase,
    ],
  },
  { name: "trace", summary: "recorded sessions of agents", verbs: [run] },
  {
    name: "tools",
    summary: "definitions of tools, prompts and resources; tools' lines in the catalog",
    verbs: [tools.list, tools.diff, accept, importTools],
  },
  { name: "token", summary: "tokens of the development issuer", verbs: [mint, proof] },
];

/**
 * Runs one command line. `argv` is without node and script.
 * @returns the exit code; it throws nothing and does not end the process, so that output is never cut off
 */
export async function runCli(argv: readonly string[], serve: Serve, streams: Streams = process): Promise<Exit> {
  const printer = createPrinter(streams);
  const interrupt = new AbortController();
  // The gateway behind `serve` drains by itself. A second Ctrl-C ends any verb at once, as nothing listens any more.
  const stop = () => interrupt.abort();
  if (argv[0] !== "serve") process.once("SIGINT", stop);
  const { signal } = interrupt;
  const terminal = openTerminal(streams, signal);
  const readInput = async () => (streams.stdin === undefined ? "" : text(streams.stdin));
  const program = programOf({ printer, clock: systemClock, stop: signal, terminal, readInput, serve }, streams);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exits.ok;
  } catch (thrown) {
    return printFailure(thrown, printer, argv.includes("--json"));
  } finally {
    process.removeListener("SIGINT", stop);
  }
}

function programOf(deps: CliDeps, streams: Streams): Command {
  const program = new Command("sallyport")
    .description(
      "A reverse proxy that judges every tool call of an AI agent: forwarded, blocked, or held for a person.",
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
    })
    .showHelpAfterError("(add --help for what is possible)");
  for (const verb of verbsWithoutNoun) addVerb(program, verb, deps);
  for (const { name, summary, verbs } of nouns) {
    const noun = program.command(name).description(summary);
    for (const verb of verbs) addVerb(noun, verb, deps);
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
