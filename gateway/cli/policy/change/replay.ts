import { Option } from "commander";
import { detect } from "../../../detect/detect.ts";
import { Replay } from "../../../impact/replay.ts";
import {
  type CliDeps,
  collect,
  configOption,
  type ConfigOptions,
  type Verb,
  CliFailure,
  exits,
} from "../../common/verb.ts";
import { loadCandidate } from "./candidate.ts";
import { countedNames, examplesOption, logOf, rangeOptions, type RangeOptions, rate, replayLog } from "./log-range.ts";
import { noPass, replayJson, replayText, whyUncompared } from "./report-text.ts";

interface ReplayOptions extends ConfigOptions, RangeOptions {
  readonly against: string[];
  readonly examples: number;
}

/** `sallyport policy replay`: recorded decisions judged anew by another policy, with the facts of that policy's data. */
export const replay: Verb = {
  usage: "replay",
  summary: "judge recorded decisions anew, and show what changes",
  examples: [
    "policy replay --against library --against ../draft",
    "policy replay --against policy --since 7d --examples 10",
    "policy replay --against bundles/4f1c….tar.gz --last 100000 --json | jq .kinds",
  ],
  options: [
    configOption,
    new Option(
      "--against <source>",
      "folder, archive or library, repeatable, or a revision; default: the configuration's sources",
    )
      .default([])
      .argParser(collect),
    ...rangeOptions,
    examplesOption,
  ],
  async run(deps: CliDeps, options: ReplayOptions) {
    const { printer, clock } = deps;
    const { against, config, examples, json } = options;
    const log = await logOf(options);
    const candidate = await loadCandidate(against, config, clock);
    const { policy } = candidate;
    const replaying = new Replay({
      before: null,
      after: policy,
      find: detect,
      limits: { examples, names: countedNames },
    });
    const ms = await replayLog(deps, options, { log, before: null, after: candidate, counts: replaying });
    const report = replaying.report();
    const perSecond = rate(report.decisions, ms);
    const uncompared = whyUncompared(report);
    const about = { against: candidate.name, revision: policy.revision, uncompared, per_second: perSecond };
    const why = uncompared === null ? [] : ["", printer.colors.red(noPass(uncompared))];
    const text = [replayText(printer, report, perSecond), ...why].join("\n");
    printer.result(json, { ok: uncompared === null, ...about, ...replayJson(report) }, text);
    if (uncompared !== null) throw new CliFailure(exits.uncompared, "nothing_compared", "");
  },
};
