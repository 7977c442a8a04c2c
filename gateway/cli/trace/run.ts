import { Option } from "commander";
import { BundleFailure } from "../../bundles/failure.ts";
import {
  type CliDeps,
  collect,
  configOption,
  type ConfigOptions,
  type Verb,
  CliFailure,
  exits,
} from "../common/verb.ts";
import { policyList } from "../policy/load-policy.ts";
import { configuredOpa } from "../policy/opa.ts";
import { compareJson, compareText } from "./report/compare.ts";
import { unexpected } from "./report/figures.ts";
import { leaveOutJson, leaveOutText, type LeftOut } from "./report/leave-out.ts";
import { readTraces, type TraceGroup } from "./read/read-traces.ts";
import { type ReplayedSession, replayAll } from "./replay/replay.ts";
import { replayClock } from "./replay/replay-clock.ts";
import { openReplayGateway } from "./replay/replay-gateway.ts";
import { openPolicy, type PolicyPlace, type ReplayPolicy } from "./replay/replay-policy.ts";
import { type Report, reportJson, reportOf } from "./report/report.ts";
import { reportText } from "./report/report-text.ts";
import { type Variant, varied, variants } from "./variants/variants.ts";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";

const heldOutChoices = ["all", "only", "without"] as const;

interface RunOptions extends ConfigOptions {
  readonly policy: readonly string[];
  readonly compare: readonly string[];
  readonly without: readonly string[];
  readonly leaveOut: boolean;
  readonly heldOut: (typeof heldOutChoices)[number];
  readonly variant: Variant;
}

/** `sallyport trace run FILE…`: recorded sessions through the whole request path in this process, and what came of them. */
export const run: Verb = {
  usage: "run <file...>",
  summary: "replay recorded sessions against a policy, and report what it stopped and asked about",
  examples: [
    "trace run traces",
    "trace run traces/mail --policy library --policy policy --held-out without",
    "trace run traces --compare ../stricter/rego --json",
    "trace run traces --leave-out --variant respelt",
  ],
  options: [
    configOption,
    new Option("--policy <source>", "a source of the policy (repeatable); default: the configuration's, else rego")
      .default([])
      .argParser(collect),
    new Option("--compare <source>", "another policy, for a report that shows both (repeatable)")
      .default([])
      .argParser(collect),
    new Option("--without <rule>", "leave this rule out, named topic/rule (repeatable)").default([]).argParser(collect),
    new Option("--leave-out", "leave each rule out in turn, and show what changes").default(false),
    new Option("--held-out <which>", "sessions that are held out: with the others, alone, or not at all")
      .choices(heldOutChoices)
      .default("all"),
    new Option("--variant <variant>", "results in other words, or addresses in other spellings")
      .choices(variants)
      .default("recorded"),
  ],
  async run(deps, options: RunOptions, _first, files = []) {
    const groups = selected(readTraces(files), options);
    try {
      await inTemporaryFolder("sallyport-replay-policy-", (outDir) =>
        replayAndReport(deps, options, { groups, outDir }),
      );
    } catch (failure) {
      if (deps.stop.aborted) throw new CliFailure(exits.negative, "interrupted", "Interrupted.");
      throw failure;
    } finally {
      deps.printer.progress(null);
    }
  },
};

/** The sessions that are to be replayed, as the variant has them. @throws CliFailure trace_missing when the choice leaves none */
export function selected(
  groups: readonly TraceGroup[],
  { heldOut, variant }: Pick<RunOptions, "heldOut" | "variant">,
): TraceGroup[] {
  const chosen = groups
    .map(({ tools, sessions }) => ({
      tools,
      sessions: sessions
        .filter((session) => heldOut === "all" || session.heldOut === (heldOut === "only"))
        .map((session) => varied(session, variant)),
    }))
    .filter(({ sessions }) => sessions.length > 0);
  if (chosen.length > 0) return chosen;
  throw new CliFailure(exits.usage, "trace_missing", `No session is left with --held-out ${heldOut}.`);
}

interface Material {
  readonly groups: readonly TraceGroup[];
  /** Where built policies go. */
  readonly outDir: string;
}

async function replayAndReport(deps: CliDeps, options: RunOptions, material: Material): Promise<void> {
  const { printer } = deps;
  const { config, without, variant, json } = options;
  const open = (named: readonly string[]): Promise<PolicyPlace> =>
    openPolicy(policyList(named, config), configuredOpa(config), material.outDir);
  const place = await open(options.policy);
  const report = await replayed(deps, await place.build(without), { without, variant, ...material });
  const texts = [reportText(report)];
  const result = reportJson(report);
  if (options.compare.length > 0) {
    const policy = await (await open(options.compare)).build([]);
    const other = await replayed(deps, policy, { without: [], variant, ...material });
    texts.push(compareText(report, other));
    result["compare"] = compareJson(report, other);
  }
  if (options.leaveOut) {
    const left = await leaveEachOut(deps, place, { without, variant, ...material });
    texts.push(leaveOutText(report, left));
    result["leave_out"] = leaveOutJson(left);
  }
  printer.progress(null);
  const ok = unexpected(report.sessions).length === 0;
  printer.result(json, { ok, ...result }, texts.join("\n\n"));
  if (!ok) throw new CliFailure(exits.negative, "effects_unexpected", "");
}

interface Around extends Material {
  readonly without: readonly string[];
  readonly variant: Variant;
}

/** Every group through a gateway of its own, with the same policy. */
async function replayed(deps: CliDeps, policy: ReplayPolicy, around: Around): Promise<Report> {
  const { groups, without, variant } = around;
  const total = groups.reduce((sum, { sessions }) => sum + sessions.length, 0);
  const sessions: ReplayedSession[] = [];
  let count = 0;
  const done = (): void => deps.printer.progress(`${policy.name}: ${(count += 1)} of ${total} sessions`);
  for (const group of groups) sessions.push(...(await replayGroup(deps, group, { policy, done })));
  return reportOf(policy, { without, variant }, sessions);
}

async function replayGroup(
  { clock: system, stop }: CliDeps,
  group: TraceGroup,
  { policy, done }: { readonly policy: ReplayPolicy; readonly done: () => void },
): Promise<readonly ReplayedSession[]> {
  const clock = replayClock(system);
  return inTemporaryFolder("sallyport-replay-", async (folder) => {
    const gateway = await openReplayGateway(folder, group, { archive: policy.archive, clock });
    try {
      return await replayAll(gateway, group.sessions, { clock, stop, done });
    } finally {
      await gateway.close();
    }
  });
}

async function leaveEachOut(deps: CliDeps, place: PolicyPlace, around: Around): Promise<LeftOut[]> {
  const left: LeftOut[] = [];
  // An archive refuses by itself, with the reason.
  const rules = place.deciding ?? [""];
  for (const rule of rules.filter((one) => !around.without.includes(one))) {
    deps.printer.progress(`without ${rule}`);
    const without = [...around.without, rule];
    try {
      const policy = await place.build(without);
      left.push({ rule, report: await replayed(deps, { ...policy, name: `without ${rule}` }, { ...around, without }) });
    } catch (failure) {
      if (!(failure instanceof BundleFailure)) throw failure;
      left.push({ rule, report: null, problem: failure.message });
    }
  }
  return left;
}
