import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RuleInfo } from "../../domain/ports.ts";
import { checkData } from "../data/check-data.ts";
import { asFailure, BundleFailure, type Location } from "../failure.ts";
import { inspectRules } from "./rule-metadata.ts";
import { deriveProjections } from "../projection/project.ts";
import { checkRules, type RuleCheck } from "../rule-checks/check-rules.ts";
import type { ModuleTexts } from "../rule-checks/modules.ts";
import type { Origins } from "../rule-checks/ownership.ts";
import { isLayered, mergeFiles } from "../layers/merge.ts";
import { type OpaCommand, runOpa } from "./opa.ts";
import { isNamed, packEntries, unpackEntries } from "../archive/archive.ts";
import { everyResult, type KnownOfModule, manifestWithKnown } from "../archive/manifest-known.ts";
import type { JsonObject } from "../../lib/json.ts";
import { type RootOwner, rootOwners, type SourceFile, type Sources } from "../sources.ts";
import { unrollWildcards } from "./unroll-wildcards.ts";

/** Checks the data and compiles the rules, in parallel where the policy is one folder. @throws BundleFailure with the mistakes of both */
export async function buildSources(opa: OpaCommand, sources: Sources, outDir: string): Promise<Compiled> {
  if (isLayered(sources.files)) return buildMerged(opa, sources, outDir);
  const [data, rules] = await Promise.allSettled([checkData(sources.files), compileSources(opa, sources, outDir)]);
  if (data.status === "fulfilled" && rules.status === "fulfilled")
    return { ...rules.value, warnings: [...rules.value.warnings, ...data.value.warnings] };
  const failures = [data, rules].flatMap((each) =>
    each.status === "rejected" ? [asFailure(each.reason, "compile")] : [],
  );
  const [first, second] = failures as [BundleFailure, BundleFailure?];
  throw together(first, second ?? null);
}

function together(first: BundleFailure, second: BundleFailure | null): BundleFailure {
  // opa reports unreadable data at the same place as the data check.
  if (second === null || second.locations.every((one) => first.locations.some((it) => it.file === one.file)))
    return first;
  return new BundleFailure(first.stage, `${first.message}\n${second.message}`, [
    ...first.locations,
    ...second.locations,
  ]);
}

/** Several sources become one bundle first, whose data OPA compiles. */
async function buildMerged(opa: OpaCommand, sources: Sources, outDir: string): Promise<Compiled> {
  const { files, roots, warnings } = await mergedSources(sources.files).catch(async (error: unknown) => {
    throw together(asFailure(error, "load"), await ruleMistakes(opa, sources.files));
  });
  const compiled = await compileSources(opa, { ...sources, files, roots }, outDir);
  return { ...compiled, warnings: [...compiled.warnings, ...warnings] };
}

/** What opa says of the rules alone, so that an author sees it beside mistakes in the data; null when it says nothing. */
async function ruleMistakes(opa: OpaCommand, files: readonly SourceFile[]): Promise<BundleFailure | null> {
  const workspace = await mkdtemp(join(tmpdir(), "sallyport-rules-"));
  try {
    const alone = { files: mergeFiles(files, []), revision: "" };
    const source = join(workspace, "source");
    await writeSources(alone.files, source);
    await runOpa(opa, ["check", "--bundle", ...capabilities(alone), "."], source, "compile");
    return null;
  } catch (error) {
    return asFailure(error, "compile");
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** The files of several sources as one bundle, what each source owns, and the names in their data without effect. @throws BundleFailure */
export async function mergedSources(files: readonly SourceFile[]): Promise<{
  readonly files: readonly SourceFile[];
  readonly roots: readonly RootOwner[];
  readonly warnings: readonly Location[];
}> {
  const { warnings, merged } = await checkData(files);
  const data = merged.map(({ path, text }): SourceFile => ({ path, bytes: Buffer.from(text) }));
  return { files: mergeFiles(files, data), roots: rootOwners(files), warnings };
}

export const ENTRYPOINTS = ["sallyport/main/decision", "sallyport/main/visible", "sallyport/main/result"] as const;

export interface Compiled {
  readonly archive: string;
  readonly rules: readonly RuleInfo[];
  /** Why the input could not be reduced to what the policy reads; null when it could. */
  readonly unprojected: string | null;
  /** Rules without effect in packages outside `sallyport`, and names without effect in the data. */
  readonly warnings: readonly Location[];
}

/**
 * Builds `<outDir>/<revision>.tar.gz` from exactly the bytes of the revision: they are first written to a temporary folder,
 * so that an edit during the build has no effect. Without -O1, which would inline data that can be replaced.
 * @throws BundleFailure
 */
export async function compileSources(opa: OpaCommand, sources: Sources, outDir: string): Promise<Compiled> {
  const workspace = await mkdtemp(join(tmpdir(), "sallyport-build-"));
  try {
    const source = join(workspace, "source");
    await writeSources(unrollWildcards(sources.files), source);
    const built = join(workspace, "bundle.tar.gz");
    const plan = join(workspace, "plan.tar.gz");
    const [, { rules, optional, resultsByExports }, { projections, fault }] = await Promise.all([
      runOpa(opa, buildArguments(sources, "wasm", built), source, "compile"),
      inspectRules(opa, ".", source, "compile"),
      deriveProjections(opa, buildArguments(sources, "plan", plan), source, plan),
      checkFields(opa, sources, source),
    ]).catch(async (error: unknown) => {
      // What opa makes of a rule in another source's package may name the other source alone.
      await checkRules({ ...given(opa, sources), archive: null, optional: [], exportsAsTheyAre: false }, "compile");
      throw error;
    });
    const check = { ...given(opa, sources), archive: built, optional, exportsAsTheyAre: resultsByExports };
    const { warnings, results, exports } = await checkRules(check, "compile");
    await mkdir(outDir, { recursive: true });
    const archive = join(outDir, `${sources.revision}.tar.gz`);
    const partial = `${archive}.${process.pid}.partial`;
    const known = { reads: projections, results: resultsByExports ? results : everyResult, exports };
    await addKnownToManifest(built, partial, known);
    // Renamed into place, so that other processes never read half an archive.
    await rename(partial, archive);
    return { archive, rules, unprojected: fault, warnings };
  } finally {
    // After one opa fails, the others may still write for a moment.
    await rm(workspace, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Writes the bundle `from` of `opa build` as `to`, with what is known of the policy from its sources added to its manifest. It cannot
 * be derived from the archive later: OPA removes the entrypoints from the Rego in a bundle.
 */
export async function addKnownToManifest(from: string, to: string, known: KnownOfModule): Promise<void> {
  const entries = await unpackEntries(from);
  const wasm = entries.find(({ header }) => isNamed(header, "policy.wasm"))?.bytes;
  const written = entries.map(({ header, bytes }) =>
    wasm !== undefined && isNamed(header, ".manifest")
      ? { header, bytes: withKnown(bytes, wasm, known) }
      : { header, bytes },
  );
  await packEntries(written, to);
}

function withKnown(manifest: Buffer, wasm: Buffer, known: KnownOfModule): Buffer {
  const value = JSON.parse(manifest.toString("utf8")) as JsonObject;
  return Buffer.from(JSON.stringify(manifestWithKnown(value, wasm, known)));
}

/**
 * Checks the rules against the policy's own schemas, when it has any: a rule that reads a field that does not exist is
 * undefined, so that its deny has no effect. `opa build` itself takes no schemas.
 */
async function checkFields(opa: OpaCommand, sources: Sources, source: string): Promise<void> {
  if (!sources.files.some(({ path }) => path.startsWith("schemas/"))) return;
  await runOpa(opa, ["check", "--bundle", "--schema", "./schemas", ...capabilities(sources), "."], source, "compile");
}

function buildArguments(sources: Sources, target: "wasm" | "plan", output: string): string[] {
  return [
    "build",
    ...["--bundle", "--target", target, "--revision", sources.revision, "--output", output],
    ...ENTRYPOINTS.flatMap((entrypoint) => ["--entrypoint", entrypoint]),
    ...capabilities(sources),
    ".",
  ];
}

function capabilities({ files }: Sources): string[] {
  // With a slash: OPA would take a bare name for one of its versions.
  return files.some(({ path }) => path === "capabilities.json") ? ["--capabilities", "./capabilities.json"] : [];
}

function modulesOf({ files }: Sources): ModuleTexts {
  const rego = files.filter(({ path }) => path.endsWith(".rego"));
  return Object.fromEntries(rego.map(({ path, bytes }) => [path, bytes.toString("utf8")]));
}

/** What the rules are checked by, whatever opa makes of them. */
function given(opa: OpaCommand, sources: Sources): Pick<RuleCheck, "opa" | "modules" | "origins" | "roots"> {
  const roots = sources.roots ?? rootOwners(sources.files);
  return { opa, modules: modulesOf(sources), origins: originsOf(sources), roots };
}

/** Null when all modules are of one folder. */
function originsOf({ files }: Sources): Origins | null {
  if (!isLayered(files)) return null;
  const known = files.flatMap(({ path, from }) =>
    from === undefined || !path.endsWith(".rego") ? [] : [[path, from] as const],
  );
  return Object.fromEntries(known);
}

export async function writeSources(files: readonly SourceFile[], directory: string): Promise<void> {
  await mkdir(directory);
  for (const { path, bytes } of files) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
}

const OURS = /^[0-9a-f]{32}\.tar\.gz$/;

/** Removes built archives except the newest `keep`; the active one always stays. */
export async function pruneArchives(directory: string, activeRevision: string, keep: number): Promise<void> {
  const names = (await readdir(directory)).filter((name) => OURS.test(name) && name !== `${activeRevision}.tar.gz`);
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.at - a.at).slice(keep - 1);
  await Promise.all(old.map(({ name }) => rm(join(directory, name), { force: true })));
}
