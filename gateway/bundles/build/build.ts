import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";
import { type BuildCache, noCache, packed, unpacked } from "../cache/build-cache.ts";
import { sourcesKey } from "../cache/keys.ts";
import { checkData } from "../data/check-data.ts";
import { asFailure, BundleFailure, type Location } from "../failure.ts";
import { configuredPlaces, withConfiguredPlaces } from "../layers/configured-places.ts";
import { isLayered, mergeFiles } from "../layers/merge.ts";
import { type RootOwner, rootOwners, type SourceFile, type Sources } from "../sources.ts";
import { type BuildAside, type Compiled, compileSources } from "./compile.ts";
import { capabilities, writeSources } from "./write-sources.ts";
import { writeArchive } from "./built-archives.ts";
import { type OpaCommand, runOpa } from "./opa.ts";

/**
 * The policy of the sources, from the cache or built anew. Sources that have to be signed are verified before they are read so far, and
 * the digest of their bytes is what the cache is asked for. @throws BundleFailure
 */
export async function buildSources(
  opa: OpaCommand,
  sources: Sources,
  outDir: string,
  cache: BuildCache = noCache,
  aside: BuildAside = {},
): Promise<Compiled> {
  const compiled = await withConfiguredPlaces(sources.files, () => built({ opa, sources, outDir, cache, aside }));
  // What is not read is no part of the revision, and so of nothing that is kept of it.
  const warnings = [...compiled.warnings, ...(sources.unread ?? [])];
  return { ...compiled, warnings: configuredPlaces(sources.files, warnings) };
}

async function built(build: Build): Promise<Compiled> {
  const { sources, outDir, cache } = build;
  const key = await sourcesKey(sources);
  const known = await cache.get("policy", key);
  if (known !== null) return writeKnown(known, sources.revision, outDir);
  const { archive, ...rest } = await buildAnew(build);
  // Why there is no projection may not last.
  if (rest.unprojected === null) await cache.put("policy", key, await packed(rest, await readFile(archive)));
  return { archive, ...rest };
}

async function writeKnown(content: Buffer, revision: string, outDir: string): Promise<Compiled> {
  const { json, bytes } = unpacked<Omit<Compiled, "archive">>(content);
  return { archive: await writeArchive(outDir, revision, (file) => writeFile(file, bytes)), ...json };
}

interface Build {
  readonly opa: OpaCommand;
  readonly sources: Sources;
  readonly outDir: string;
  readonly cache: BuildCache;
  readonly aside: BuildAside;
}

/** Checks the data and compiles the rules, in parallel where the policy is one folder. @throws BundleFailure with the mistakes of both */
async function buildAnew(build: Build): Promise<Compiled> {
  const { opa, sources, outDir, cache, aside } = build;
  if (isLayered(sources.files)) return buildMerged(build);
  const [data, rules] = await Promise.allSettled([
    aside.early?.(sources.revision)?.checked ?? checkData(sources.files),
    compileSources(opa, sources, outDir, cache, aside),
  ]);
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
async function buildMerged({ opa, sources, outDir, cache, aside }: Build): Promise<Compiled> {
  const { files, roots, data, warnings } = await mergedSources(sources.files).catch(async (error: unknown) => {
    throw together(asFailure(error, "load"), await ruleMistakes(opa, sources.files));
  });
  const compiled = await compileSources(opa, { ...sources, files, roots, data }, outDir, cache, aside);
  return { ...compiled, warnings: [...compiled.warnings, ...warnings] };
}

/** What opa says of the rules alone, so that an author sees it beside mistakes in the data; null when it says nothing. */
async function ruleMistakes(opa: OpaCommand, files: readonly SourceFile[]): Promise<BundleFailure | null> {
  const alone = { files: mergeFiles(files, []), revision: "" };
  try {
    await inTemporaryFolder("sallyport-rules-", async (workspace) => {
      const source = join(workspace, "source");
      await writeSources(alone.files, source);
      await runOpa(opa, ["check", "--bundle", ...capabilities(alone), "."], source, "compile");
    });
    return null;
  } catch (error) {
    return asFailure(error, "compile");
  }
}

/** The files of several sources as one bundle, what each source owns, and the names in their data without effect. @throws BundleFailure */
export async function mergedSources(files: readonly SourceFile[]): Promise<{
  readonly files: readonly SourceFile[];
  readonly roots: readonly RootOwner[];
  readonly data: Buffer | null;
  readonly warnings: readonly Location[];
}> {
  const { warnings, merged, whole } = await checkData(files);
  return { files: mergeFiles(files, merged), roots: rootOwners(files), data: whole, warnings };
}
