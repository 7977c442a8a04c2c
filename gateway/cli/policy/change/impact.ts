import { existsSync, writeFileSync } from "node:fs";
import { Option } from "commander";
import { detect } from "../../../detect/detect.ts";
import type { ReplayReport } from "../../../domain/policy-change.ts";
import { compareQuestions, type NamedQuestion, Replay } from "../../../impact/replay.ts";
import type { Tally } from "../../../impact/tally.ts";
import { type CliDeps, configOption, type ConfigOptions, type Verb, CliFailure, exits } from "../../common/verb.ts";
import type { Printer } from "../../common/printer.ts";
import { type Candidate, loadCandidate } from "./candidate.ts";
import { countedNames, examplesOption, rangeOptions, type RangeOptions, rate, replayLog } from "./log-range.ts";
import { impactMarkdown } from "./markdown.ts";
import { kindLines, replayJson, replayText } from "./report-text.ts";

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
    new Option("--accept-widening", "exit 0 although something is let through that was not").default(false),
  ],
  async run(deps: CliDeps, options: ImpactOptions, old: string, all: readonly string[]) {
    const { printer, clock } = deps;
    const { config, examples, acceptWidening, json } = options;
    const before = await loadCandidate(sourcesOf(old), config, clock);
    const after = await loadCandidate(sourcesOf(all[1] ?? ""), config, clock);
    const [from, to] = [before.policy, after.policy];
    const limits = { examples, names: countedNames };
    const golden = compareQuestions({ before: from, after: to }, goldenOf(before, after), limits);
    const replaying = new Replay({ before: from, after: to, find: detect, limits });
    // Where there is no gateway, as in a review of the policy alone, the golden cases are compared.
    const isLogged = options.log !== undefined || existsSync(config);
    const ms = isLogged ? await replayLog(deps, options, { before, after, counts: replaying }) : 0;
    const report = replaying.report();
    const widened = golden.widened + report.widened;
    const compared = golden.same + golden.changed + report.compared;
    if (compared === 0)
      throw new CliFailure(
        exits.negative,
        "nothing_judged",
        "There is no golden case and no recorded decision to compare.",
      );
    const perSecond = rate(report.decisions, ms);
    const ok = widened === 0 || acceptWidening;
    const result = {
      ok,
      old: named(before),
      new: named(after),
      widened,
      accepted: acceptWidening,
      per_second: perSecond,
    };
    const decisions = replayJson(report);
    printer.result(
      json,
      { ...result, golden: goldenJson(golden), decisions },
      impactText(printer, { golden, report, perSecond }),
    );
    if (options.markdown !== undefined) writeFileSync(options.markdown, impactMarkdown(golden, report));
    if (!ok) throw new CliFailure(exits.negative, "policy_widened", "");
  },
};

/** Several sources are joined by commas. */
function sourcesOf(argument: string): string[] {
  return argument.split(",").filter((source) => source !== "");
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

interface Compared {
  readonly golden: Tally;
  readonly report: ReplayReport;
  readonly perSecond: number;
}

function impactText(printer: Printer, { golden, report, perSecond }: Compared): string {
  const { same, changed, widened } = golden;
  const cases = `${same + changed} golden cases: ${changed} changed, ${widened} of them widened`;
  const lines = [cases, ...kindLines(printer.colors, golden.kinds()), "", replayText(printer, report, perSecond)];
  if (widened + report.widened > 0)
    lines.push(
      "",
      printer.colors.red("The new policy lets something through that the old one does not (--accept-widening)."),
    );
  return lines.join("\n");
}
