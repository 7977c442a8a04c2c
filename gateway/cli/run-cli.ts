import { Command, CommanderError } from "commander";
import { BundleFailure } from "../bundles/failure.ts";
import { ConfigError } from "../config/config-error.ts";
import { systemClock } from "../compose/system.ts";
import { addAccessLift, addAccessList, addAccessRevoke } from "./access.ts";
import { addApprovalsApprove } from "./approvals-approve.ts";
import { addApprovalsDeny } from "./approvals-deny.ts";
import { addApprovalsList } from "./approvals-list.ts";
import { addApprovalsReceipts } from "./approvals-receipts.ts";
import { addApprovalsShow } from "./approvals-show.ts";
import { addApprovalsVerify } from "./approvals-verify.ts";
import { addApprovalsWatch } from "./approvals-watch.ts";
import { addChannelsDead } from "./channels-dead.ts";
import { addChannelsRetry } from "./channels-retry.ts";
import { addChannelsTest } from "./channels-test.ts";
import { addCheck } from "./check.ts";
import type { Cli, CliActions } from "./cli.ts";
import { addDecisionsSearch } from "./decisions-search.ts";
import { addDecisionsShow } from "./decisions-show.ts";
import { addDecisionsTail } from "./decisions-tail.ts";
import type { Exit } from "./exit-codes.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { addGrantsList, addGrantsRevoke } from "./grants.ts";
import { addHealth } from "./health.ts";
import { addPeopleList, addPeopleRemove } from "./people.ts";
import { addPolicyBench } from "./policy-bench.ts";
import { addPolicyBuild } from "./policy-build.ts";
import { addPolicyCheck } from "./policy-check.ts";
import { addPolicyExplain } from "./policy-explain.ts";
import { addPolicySign } from "./policy-sign.ts";
import { addPolicyTest } from "./policy-test.ts";
import { addPolicyVerify } from "./policy-verify.ts";
import type { Printer, Streams } from "./printer.ts";
import { createPrinter } from "./printer.ts";
import { addServe } from "./serve.ts";
import { openTerminal } from "./terminal.ts";
import { addTokenMint } from "./token-mint.ts";
import { addToolsAccept, addToolsDiff } from "./tools.ts";
import { visible } from "./visible.ts";

/**
 * The command line. `argv` is without node and script.
 * @returns the exit code; it throws nothing and ends no process, so that output is never cut off
 */
export async function runCli(
  argv: readonly string[],
  actions: CliActions = {},
  streams: Streams = process,
): Promise<Exit> {
  const printer = createPrinter(streams);
  const interrupt = new AbortController();
  // `serve` drains by itself; a second Ctrl-C ends any verb at once, as nothing listens any more.
  const stop = () => interrupt.abort();
  if (argv[0] !== "serve") process.once("SIGINT", stop);
  const { signal } = interrupt;
  const terminal = streams.stdin === undefined ? null : openTerminal(streams.stdin, streams.stderr, signal);
  const program = programOf({ printer, clock: systemClock, stop: signal, terminal, actions }, streams);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exits.ok;
  } catch (thrown) {
    return explain(thrown, printer, argv.includes("--json"));
  } finally {
    process.removeListener("SIGINT", stop);
  }
}

function programOf(cli: Cli, streams: Streams): Command {
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
  const { serve } = cli.actions;
  if (serve !== undefined) addServe(program, cli, serve);
  addCheck(program, cli);
  addHealth(program, cli);
  const approvals = program.command("approvals").description("calls that wait for a person");
  for (const add of [addApprovalsList, addApprovalsShow, addApprovalsApprove, addApprovalsDeny, addApprovalsWatch])
    add(approvals, cli);
  for (const add of [addApprovalsReceipts, addApprovalsVerify]) add(approvals, cli);
  const grants = program.command("grants").description("permissions that approvals left behind");
  for (const add of [addGrantsList, addGrantsRevoke]) add(grants, cli);
  const access = program.command("access").description("ending access before its time");
  for (const add of [addAccessList, addAccessRevoke, addAccessLift]) add(access, cli);
  const people = program.command("people").description("who has an account of the console");
  for (const add of [addPeopleList, addPeopleRemove]) add(people, cli);
  const channels = program.command("channels").description("how people hear of held calls");
  for (const add of [addChannelsTest, addChannelsDead, addChannelsRetry]) add(channels, cli);
  const decisions = program.command("decisions").description("what was decided, and why");
  for (const add of [addDecisionsTail, addDecisionsSearch, addDecisionsShow]) add(decisions, cli);
  const policy = program.command("policy").description("the rules that judge");
  for (const add of [addPolicyCheck, addPolicyTest, addPolicyBuild, addPolicySign, addPolicyVerify]) add(policy, cli);
  for (const add of [addPolicyExplain, addPolicyBench]) add(policy, cli);
  const tools = program.command("tools").description("what tools say of themselves");
  for (const add of [addToolsDiff, addToolsAccept]) add(tools, cli);
  addTokenMint(program.command("token").description("tokens of the development issuer"), cli);
  return program;
}

/** One place where anything that went wrong becomes words, JSON and an exit code. */
function explain(thrown: unknown, printer: Printer, json: boolean): Exit {
  const failure = asFailure(thrown);
  if (failure === null) return exits.ok;
  if (failure.message !== "") printer.say(visible(failure.message, true));
  // Findings have already said their result on stdout; a second object there would break whoever reads it.
  if (json && failure.message !== "") {
    printer.result(
      true,
      { ok: false, error: { code: failure.code, message: failure.message, ...failure.details } },
      "",
    );
  }
  return failure.exit;
}

function asFailure(thrown: unknown): CliFailure | null {
  if (thrown instanceof CliFailure) return thrown;
  if (thrown instanceof ConfigError)
    return new CliFailure(exits.usage, "config_invalid", thrown.message, { problems: thrown.problems });
  if (thrown instanceof BundleFailure)
    return new CliFailure(exits.policy, "policy_invalid", thrown.message, { locations: thrown.locations });
  // Commander has already printed; help that was asked for is no error.
  if (thrown instanceof CommanderError)
    return thrown.exitCode === 0 ? null : new CliFailure(exits.usage, thrown.code, "");
  return new CliFailure(
    exits.negative,
    "internal",
    thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  );
}
