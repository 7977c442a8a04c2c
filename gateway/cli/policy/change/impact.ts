import { existsSync } from "node:fs";
import { Option } from "commander";
import { unaskedDifferences } from "../../../bundles/archive/unasked-differences.ts";
import { detect } from "../../../detect/detect.ts";
import type { ReplayReport, UnaskedKind } from "../../../domain/policy-change.ts";
import { compareQuestions, type NamedQuestion, Replay } from "../../../impact/replay.ts";
import type { Tally } from "../../../impact/tally.ts";
import { assertWritable, writeOutput } from "../../common/output-file.ts";
import { type CliDeps, configOption, type ConfigOptions, type Verb, CliFailure, exits } from "../../common/verb.ts";
import type { Printer } from "../../common/printer.ts";
import { emptySource } from "../load-policy.ts";
import { type Candidate, loadCandidate } from "./candidate.ts";
import { countedNames, examplesOption, logOf, rangeOptions, type RangeOptions, rate, replayLog } from "./log-range.ts";
import { impactMarkdown } from "./markdown.ts";
import { kindLines, noPass, replayJson, replayText, whyUncompared } from "./report-text.ts";

interface ImpactOptions extends ConfigOptions, RangeOptions {
  readonly acceptWidening: boolean;
  readonly markdown?: string;
  readonly examples: number;
}

/** `sallyport policy impact OLD NEW`: what the new policy answers differently, over recorded decisions and golden cases. */
export const impact: Verb = {
  usage: "impact <old> <new>",
  summary: "compare two policies over recorded decisions and golden cases",
  examples: [
    "policy impact library,policy library,../draft",
    "policy impact bundles/4f1c….tar.gz library,policy --since 30d --json",
    "policy impact library,policy library,../draft --accept-widening",
  ],
  options: [
    configOption,
    ...rangeOptions,
    examplesOption,
    new Option("--markdown <file>", "write what changes there too, as a comment for a pull request"),
    new Option(
      "--accept-widening",
      "exit 0 although something is let through that was not, or rules differ that were not compared",
    ).default(false),
  ],
  async run(deps: CliDeps, options: ImpactOptions, old: string, all: readonly string[]) {
    const { printer, clock } = deps;
    const { config, acceptWidening, json } = options;
    assertWritable(options.markdown);
    const sources = { before: sourcesOf("old", old), after: sourcesOf("new", all[1] ?? "") };
    // Where there is no gateway, as in a review of the policy alone, the golden cases are compared.
    const isLogged = options.log !== undefined || existsSync(config);
    const log = isLogged ? await logOf(options) : null;
    const before = await loadCandidate(sources.before, config, clock);
    const after = await loadCandidate(sources.after, config, clock);
    const compared = await compare(deps, options, { log, before, after });
    const { golden, report, uncompared, perSecond } = compared;
    const widened = golden.widened + report.widened;
    const passes = (widened === 0 && report.notAsked.length === 0) || acceptWidening;
    const result = {
      ok: passes && uncompared === null,
      old: named(before),
      new: named(after),
      widened,
      accepted: acceptWidening,
      uncompared,
      per_second: perSecond,
      golden: goldenJson(golden),
      decisions: replayJson(report),
    };
    printer.result(json, result, impactText(printer, compared));
    if (options.markdown !== undefined) writeOutput(options.markdown, impactMarkdown(golden, report, uncompared));
    if (!passes) throw new CliFailure(exits.negative, "policy_widened", "");
    if (uncompared !== null) throw new CliFailure(exits.uncompared, "nothing_compared", "");
  },
};

interface Asked {
  /** Folder of the decision log; null: the golden cases alone are compared. */
  readonly log: string | null;
  readonly before: Candidate;
  readonly after: Candidate;
}

interface Compared {
  readonly golden: Tally;
  readonly report: ReplayReport & Required<Pick<ReplayReport, "notAsked">>;
  /** Why this is no comparison; null when it is one. */
  readonly uncompared: string | null;
  readonly perSecond: number;
}

async function compare(deps: CliDeps, options: ImpactOptions, { log, before, after }: Asked): Promise<Compared> {
  const limits = { examples: options.examples, names: countedNames };
  const policies = { before: before.policy, after: after.policy };
  const golden = compareQuestions(policies, goldenOf(before, after), limits);
  const replaying = new Replay({ ...policies, find: detect, limits });
  const ms = log === null ? 0 : await replayLog(deps, options, { log, before, after, counts: replaying });
  const report = { ...replaying.report(), notAsked: notAskedOf(before, after) };
  const uncompared = uncomparedOf(options, golden, report);
  return { golden, report, uncompared, perSecond: rate(report.decisions, ms) };
}

/** Where recorded decisions are asked for, or are there, the golden cases alone say nothing of them. */
function uncomparedOf({ log, last, since }: RangeOptions, golden: Tally, report: ReplayReport): string | null {
  const isAsked = [log, last, since].some((option) => option !== undefined) || report.decisions > 0;
  if (isAsked) return whyUncompared(report);
  return golden.same + golden.changed > 0 ? null : "there is no golden case and no recorded decision";
}

/** One archive has no differences, also where it does not say which rules these are. */
function notAskedOf(before: Candidate, after: Candidate): readonly UnaskedKind[] {
  return before.policy.digest === after.policy.digest ? [] : unaskedDifferences(before, after);
}

/** Several sources are joined by commas. @throws CliFailure source_missing */
function sourcesOf(which: "old" | "new", argument: string): string[] {
  const sources = argument.split(",");
  if (sources.includes("")) throw emptySource(`The argument <${which}>, ${JSON.stringify(argument)},`);
  return sources;
}

function named({ name, policy }: Candidate): { readonly name: string; readonly revision: string } {
  return { name, revision: policy.revision };
}

/** The golden cases of both; one that both have in the same words is asked once. */
function goldenOf(before: Candidate, after: Candidate): NamedQuestion[] {
  const cases = [...before.golden, ...after.golden];
  return [...new Map(cases.map((one) => [`${one.entrypoint} ${one.name} ${one.input.text}`, one])).values()];
}

function goldenJson(golden: Tally): Record<string, unknown> {
  const { same, changed, widened } = golden;
  return { cases: same + changed, changed, widened, kinds: golden.kinds() };
}

function impactText(printer: Printer, { golden, report, uncompared, perSecond }: Compared): string {
  const { same, changed, widened } = golden;
  const cases = `${same + changed} golden cases: ${changed} changed, ${widened} of them widened`;
  const refusals = [
    ...(uncompared === null ? [] : [noPass(uncompared)]),
    ...(widened + report.widened > 0
      ? ["The new policy lets something through that the old one does not (--accept-widening)."]
      : []),
    ...(report.notAsked.length > 0
      ? ["What the rules that were not compared let through is not known (--accept-widening)."]
      : []),
  ];
  return [
    ...[cases, ...kindLines(printer.colors, golden.kinds()), "", replayText(printer, report, perSecond)],
    ...(refusals.length === 0 ? [] : [""]),
    ...refusals.map((why) => printer.colors.red(why)),
  ].join("\n");
}
