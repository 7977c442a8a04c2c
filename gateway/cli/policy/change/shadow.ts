import type { LeftOut, ShadowAnswer, ShadowReport } from "../../../domain/ports.ts";
import { escapeControls } from "../../../lib/look-alike.ts";
import { type ConsoleOptions, consoleOptions, withConsole } from "../../common/console-client.ts";
import type { Printer } from "../../common/printer.ts";
import { type CliDeps, CliFailure, exits, type Verb } from "../../common/verb.ts";
import { examplesOption } from "./log-range.ts";
import { asRecordedLines, kindLines, notComparedJson, notComparedLines } from "./report-text.ts";

interface ShadowOptions extends ConsoleOptions {
  readonly examples: number;
}

/** `sallyport policy shadow`: what the candidate of `policy.shadow` says of the running gateway's calls. */
export const shadow: Verb = {
  usage: "shadow",
  summary: "what a candidate would change on live calls of the running gateway",
  examples: ["policy shadow", "policy shadow --examples 10", "policy shadow --json | jq .kinds"],
  options: [...consoleOptions, examplesOption],
  async run({ printer }: CliDeps, options: ShadowOptions) {
    const answer = (await withConsole(options, (session) => session.get("/api/policy/shadow"))) as unknown;
    const { shadow: report } = answer as ShadowAnswer;
    if (report === null)
      throw new CliFailure(
        exits.negative,
        "no_shadow",
        "The gateway has no candidate to judge beside its policy: name one in policy.shadow and start it again.",
      );
    const told = { ...report, kinds: report.kinds.map(latest(options.examples)) };
    if (told.status.active === null) throw noCandidate(told);
    printer.result(options.json, { ok: true, ...shadowJson(told) }, shadowText(printer, told));
    if (told.compared === 0) throw new CliFailure(exits.negative, "nothing_judged", "");
  },
};

/** Of the examples that the gateway keeps of each kind, so many. */
function latest(count: number): (kind: ShadowReport["kinds"][number]) => ShadowReport["kinds"][number] {
  return (kind) => ({ ...kind, examples: kind.examples.slice(-count) });
}

function noCandidate({ status: { failure } }: ShadowReport): CliFailure {
  const why = failure === null ? "it is still being built" : failure.message;
  return new CliFailure(exits.negative, "no_candidate", `No candidate judges beside the policy: ${why}`, {
    failure,
  });
}

function shadowJson(report: ShadowReport): Record<string, unknown> {
  const { status, against, since, decisions, compared, same, changed, widened, kinds, waiting } = report;
  return {
    candidate: status.active,
    failure: status.failure,
    against,
    since: new Date(since).toISOString(),
    decisions,
    compared,
    same,
    changed,
    widened,
    kinds,
    waiting,
    not_compared: notComparedJson({ ...report.notCompared, noInput: 0 }),
    left_out: report.leftOut,
    as_recorded: report.asRecorded,
  };
}

function shadowText({ colors }: Printer, report: ShadowReport): string {
  const { status, against, since, decisions, compared, changed, widened, kinds, notCompared } = report;
  const pair = `candidate ${status.active?.revision ?? ""} (${status.active?.source ?? ""}) beside ${against ?? "no policy"}, since ${new Date(since).toISOString()}`;
  const counts = `${decisions} live decisions, ${compared} compared: ${changed} changed, ${widened} of them widened`;
  const head = compared === 0 ? `${counts}. Nothing has been judged by this candidate yet.` : counts;
  const lines = [escapeControls(pair), head, ...kindLines(colors, kinds)];
  lines.push(...notComparedLines({ ...notCompared, noInput: 0 }), ...leftOutLines(report), ...asRecordedLines(report));
  if (status.failure !== null)
    lines.push("", colors.red(escapeControls(`a later edit is not judged: ${status.failure.message}`, true)));
  return lines.join("\n");
}

const reasons: Readonly<Record<keyof LeftOut, string>> = {
  queue: "because as many waited as may (policy.shadow.queue and cpu_percent)",
  policy: "because there was no candidate, or it or the policy was replaced meanwhile",
  thread: "because the thread that judges had ended",
};

function leftOutLines({ leftOut, waiting }: ShadowReport): string[] {
  const causes = (Object.keys(reasons) as (keyof LeftOut)[]).filter((cause) => leftOut[cause] > 0);
  const sum = causes.reduce((all, cause) => all + leftOut[cause], 0);
  return [
    ...(sum === 0 ? [] : ["", `left out  ${sum}`, ...causes.map((cause) => `  ${leftOut[cause]} ${reasons[cause]}`)]),
    ...(waiting === 0 ? [] : ["", `waiting  ${waiting}`]),
  ];
}
