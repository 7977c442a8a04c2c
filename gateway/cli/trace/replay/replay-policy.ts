import { resolve } from "node:path";
import { buildSources } from "../../../bundles/build/build.ts";
import type { OpaCommand } from "../../../bundles/build/opa.ts";
import { moduleOf } from "../../../bundles/layers/archive-files.ts";
import { type PolicySource, sourceNames } from "../../../bundles/layers/policy-source.ts";
import { SourceList } from "../../../bundles/layers/read-list.ts";
import { pathInSource, type SourceFile } from "../../../bundles/sources.ts";
import { didYouMean } from "../../../lib/did-you-mean.ts";
import { CliFailure, exits } from "../../common/verb.ts";

/** A policy that sessions can be replayed against. */
export interface ReplayPolicy {
  /** As people named it. */
  readonly name: string;
  /** The built bundle. */
  readonly archive: string;
  /** Rules that can stop a call or ask about it, as `topic/rule`; null for an archive, which does not say. */
  readonly stopping: readonly string[] | null;
}

/** A place that policies are built from, as often as rules are to be left out. */
export interface PolicyPlace {
  readonly name: string;
  /** Rules that decide what becomes of calls, each of which can be left out; null for an archive. */
  readonly deciding: readonly string[] | null;
  /** Builds it without these rules. @throws BundleFailure, CliFailure rule_unknown, rule_fixed */
  build(without: readonly string[]): Promise<ReplayPolicy>;
}

/** Sources with Rego, or a built archive. `outDir`: where built archives go. @throws BundleFailure */
export async function openPolicy(list: readonly PolicySource[], opa: OpaCommand, outDir: string): Promise<PolicyPlace> {
  const module = await moduleOf(list);
  if (module !== null) return { name: module, deciding: null, build: (without) => ofArchive(module, without) };
  const [only] = list;
  const name = list.length === 1 && only?.kind === "folder" ? only.path : sourceNames(list);
  const { files, revision } = await new SourceList({ list }).read();
  // Golden cases are questions about the policy's own tools, and these stand for themselves here.
  const sources = files.filter((file) => !pathInSource(file).startsWith("golden/"));
  const stopping = rulesWith(stops, sources);
  return {
    name,
    deciding: rulesWith(decides, sources),
    async build(without) {
      const known = rulesOf(sources);
      for (const rule of without) if (!known.includes(rule)) throw unknownRule(rule, known);
      const kept = sources.filter((file) => !without.some((rule) => pathInSource(file).startsWith(folderOf(rule))));
      const suffix = without.map((rule) => `-without-${rule.replaceAll("/", ".")}`).join("");
      const named = { files: kept, revision: `${revision}${suffix}`.slice(0, 100) };
      const { archive } = await buildSources(opa, named, outDir);
      return { name, archive, stopping: stopping.filter((rule) => !without.includes(rule)) };
    },
  };
}

async function ofArchive(path: string, without: readonly string[]): Promise<ReplayPolicy> {
  if (without.length === 0) return { name: path, archive: resolve(path), stopping: null };
  const message = `${path} is a built archive, which no rule can be left out of; name a folder with Rego files.`;
  throw new CliFailure(exits.usage, "rule_fixed", message);
}

function unknownRule(rule: string, known: readonly string[]): CliFailure {
  const message = `There is no rule ${rule}${didYouMean(rule, known)}; rules are named topic/rule, such as ${known[0] ?? "tools/known"}.`;
  return new CliFailure(exits.usage, "rule_unknown", message);
}

const rulesFolder = "sallyport/rules/";

function folderOf(rule: string): string {
  return `${rulesFolder}${rule}/`;
}

const inRuleFolder = /^sallyport\/rules\/([^/]+\/[^/]+)\/[^/]+\.rego$/;

function rulesOf(files: readonly SourceFile[]): string[] {
  return [...new Set(files.flatMap((file) => inRuleFolder.exec(pathInSource(file))?.[1] ?? []))].toSorted();
}

const stops = /^(?:deny|hold)\b/m;
/** Without a permit nothing is allowed, and what is hidden is no call. */
const decides = /^(?:deny|hold|oblige|label|block|redact)\b/m;

function rulesWith(exported: RegExp, files: readonly SourceFile[]): string[] {
  return rulesOf(files.filter(({ bytes }) => exported.test(bytes.toString("utf8"))));
}
