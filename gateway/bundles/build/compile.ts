import { join } from "node:path";
import type { RuleInfo } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { ArchiveContent } from "../archive/archive.ts";
import { type Entry, isNamed, unpackEntries } from "../archive/entries.ts";
import { everyResult, type KnownOfModule, projectionsIn } from "../archive/manifest-known.ts";
import { type BuildCache, noCache } from "../cache/build-cache.ts";
import { rulesKey } from "../cache/keys.ts";
import type { DataOfSources } from "../data/check-data.ts";
import { asFailure, type Location } from "../failure.ts";
import { askedEntrypoints } from "../layers/asked-documents.ts";
import { isLayered } from "../layers/merge.ts";
import { deriveProjections } from "../projection/project.ts";
import {
  type CheckedRules,
  checkRules,
  type KnownRules,
  knownRules,
  type ModulesCheck,
  type RuleCheck,
} from "../rule-checks/check-rules.ts";
import type { ModuleTexts } from "../rule-checks/modules.ts";
import type { Origins } from "../rule-checks/ownership.ts";
import { bytesOf, isDataFile, pathInSource, rootOwners, type SourceFile, type Sources } from "../sources.ts";
import { packKnown, writeArchive } from "./built-archives.ts";
import { type BuiltRules, cachedRules, keepRules } from "./built-rules.ts";
import { checkFields } from "./check-fields.ts";
import { ENTRYPOINTS, LOG_ENTRYPOINTS, logRulesIn } from "./entrypoints.ts";
import { withHiddenSchemas, withShownSchemas } from "./hidden-schemas.ts";
import { inspectChanged } from "./inspect-changed.ts";
import { type OpaCommand, opaFor, runOpa } from "./opa.ts";
import { placePrints, withoutPlaces } from "./print-places.ts";
import type { Inspected } from "./rule-metadata.ts";
import { unrollWildcards } from "./unroll-wildcards.ts";
import { capabilities, writeSources } from "./write-sources.ts";
import { parseJson } from "../../lib/parse-json.ts";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";

export interface Compiled {
  readonly archive: string;
  readonly rules: readonly RuleInfo[];
  /** Why the input could not be reduced to what the policy reads; null when it could. */
  readonly unprojected: string | null;
  /** Rules without effect in packages outside `sallyport`, and names without effect in the data. */
  readonly warnings: readonly Location[];
}

/** What is made of the data of one folder whose rules are known. */
export interface DataEarly {
  /** As of `dataByOpa`. */
  readonly made: Promise<Buffer>;
  /** As of `checkData`. */
  readonly checked: Promise<DataOfSources>;
}

/** What a build does beside making the policy. */
export interface BuildAside {
  /** Told the module as soon as it is there, while the rest is still made and checked. */
  readonly module?: (wasm: Uint8Array) => void;
  /** What was begun before of sources with this revision; null: nothing. */
  readonly early?: (revision: string) => DataEarly | null;
  /** Told what the bundle will have, while the rules are still checked with the data. */
  readonly known?: (content: ArchiveContent) => void;
  /** Does what nobody has to wait for. Default: at once. */
  readonly later?: (work: () => Promise<void>) => Promise<void>;
}

/**
 * Builds `<outDir>/<revision>.tar.gz` from exactly the bytes of the revision: they are first written to a temporary folder,
 * so that an edit during the build has no effect. Without -O1, which would inline data that can be replaced. Rules that the cache
 * knows are not compiled again, whatever the data.
 * @throws BundleFailure
 */
export async function compileSources(
  opa: OpaCommand,
  sources: Sources,
  outDir: string,
  cache: BuildCache = noCache,
  aside: BuildAside = {},
): Promise<Compiled> {
  const inWorkspace = async (workspace: string): Promise<Compiled> => {
    const files = unrollWildcards(sources.files);
    const built = await withHiddenSchemas(files);
    const key = await rulesKey(sources, built);
    const rules = await cachedRules(cache, key);
    const of = { opa: opaFor(bytesOf(files), opa), sources, files, built, workspace, aside };
    const parts = (rules === null ? null : await withOtherData(of, rules)) ?? (await compiled(of, cache, key));
    return await written(parts, sources.revision, outDir);
  };
  return inTemporaryFolder("sallyport-build-", inWorkspace, aside.later);
}

interface BuildOf {
  readonly opa: OpaCommand;
  readonly sources: Sources;
  /** As OPA checks them. */
  readonly files: readonly SourceFile[];
  /** As OPA builds them. */
  readonly built: readonly SourceFile[];
  readonly workspace: string;
  readonly aside: BuildAside;
}

/** A bundle before it is written, and what is known of it. */
interface Parts extends Omit<Compiled, "archive"> {
  readonly entries: readonly Entry[];
  readonly known: KnownOfModule;
}

async function compiled(of: BuildOf, cache: BuildCache, key: string[]): Promise<Parts> {
  const { opa, sources, files, built, workspace } = of;
  const source = join(workspace, "source");
  const placed = await placePrints(opa, built);
  await writeSources(placed, source);
  const plan = join(workspace, "plan.tar.gz");
  const known = knownRules(given(opa, sources));
  const module = builtModule(of, source);
  const inspected = inspectChanged(opa, { files: placed, source, workspace });
  // Needs no plan, which takes longest.
  const checking = Promise.all([module, inspected, known]).then(([{ archive }, found, rules]) =>
    checkRules({ ...given(opa, sources), ...ofInspected(found), archive, known: rules }, "compile"),
  );
  // When OPA refuses the rules, what it says of them counts.
  for (const one of [known, checking]) one.catch(() => undefined);
  const failed = new AbortController();
  const [{ entries }, { rules, optional, resultsByExports }, { projections, fault }] = await Promise.all([
    module,
    inspected,
    deriveProjections(opa, buildArguments(sources, "plan", plan), source, plan),
    checkFields({ opa, sources, files, source, workspace, cache, signal: failed.signal }),
  ]).catch(async (error: unknown) => {
    failed.abort();
    return refusedByChecks(error, of, await known.catch(() => null));
  });
  const checked = await checking;
  // Where data reach into the paths of rules, OPA has to see both; and why there is no projection may not last.
  if (!checked.overlaps && fault === null)
    await keepRules(cache, key, {
      entries: entries.filter(({ header }) => !isNamed(header, "data.json")),
      rules,
      optional,
      resultsByExports,
      projections,
      known: checked.known,
    });
  return partsOf(entries, { rules, resultsByExports, projections }, checked, fault);
}

/** What OPA makes of a rule in another source's package may name the other source alone, and of an export its use in `main`. */
async function refusedByChecks(error: unknown, { opa, sources }: BuildOf, known: KnownRules | null): Promise<never> {
  if (known === null) throw error;
  const refused = asFailure(error, "compile").message;
  const check = { archive: null, refused, optional: [], exportsAsTheyAre: false, known };
  await checkRules({ ...given(opa, sources), ...check }, "compile");
  throw error;
}

function ofInspected({ optional, resultsByExports }: Inspected): Pick<RuleCheck, "optional" | "exportsAsTheyAre"> {
  return { optional, exportsAsTheyAre: resultsByExports };
}

/** The bundle of OPA, with the places of prints taken out, and its modules as they were written. */
async function builtModule(
  { opa, sources, files, built, workspace, aside }: BuildOf,
  source: string,
): Promise<{ readonly archive: string; readonly entries: readonly Entry[] }> {
  const archive = join(workspace, "bundle.tar.gz");
  await runOpa(opa, buildArguments(sources, "wasm", archive), source, "compile");
  const hid = built.filter((file, index) => file !== files[index]);
  const entries = withShownSchemas(withoutPlaces(await unpackEntries(archive)), hid);
  const wasm = entries.find(({ header }) => isNamed(header, "policy.wasm"));
  if (wasm !== undefined) aside.module?.(wasm.bytes);
  return { archive, entries };
}

/** The rules as they were compiled, with the data of these sources as OPA reads them; null when they have to be compiled together. */
async function withOtherData(of: BuildOf, built: BuiltRules): Promise<Parts | null> {
  const { opa, sources, files, aside } = of;
  const { optional, resultsByExports, known, projections } = built;
  const data = files.filter(({ path }) => isDataFile(path));
  const dataBytes = sources.data ?? (await (aside.early?.(sources.revision)?.made ?? dataByOpa(opa, data)));
  const wasm = built.entries.find(({ header }) => isNamed(header, "policy.wasm"))?.bytes;
  const reads = projectionsIn(projections as unknown as JsonObject);
  if (wasm !== undefined) aside.known?.({ wasm, dataBytes, projections: reads });
  const check = {
    archive: null,
    data: dataBytes,
    optional,
    exportsAsTheyAre: resultsByExports,
    known,
  };
  const checked = await checkRules({ ...given(opa, sources), ...check }, "compile");
  if (checked.overlaps) return null;
  const ofData = { header: { name: "/data.json" }, bytes: checked.data };
  const rest = built.entries.map((entry) =>
    isNamed(entry.header, ".manifest") ? { ...entry, bytes: withRevision(entry.bytes, sources.revision) } : entry,
  );
  return partsOf([ofData, ...rest], built, checked, null);
}

/**
 * The bytes of data.json that OPA makes of data files. How OPA reads YAML, it alone knows, and which files of one folder contradict one another.
 * @throws BundleFailure
 */
export function dataByOpa(opa: OpaCommand, files: readonly SourceFile[]): Promise<Buffer> {
  return inTemporaryFolder("sallyport-data-", async (workspace) => {
    const [source, archive] = [join(workspace, "data"), join(workspace, "data.tar.gz")];
    await writeSources(files, source);
    await runOpa(opaFor(bytesOf(files), opa), ["build", "--bundle", "--output", archive, "."], source, "compile");
    const entries = await unpackEntries(archive);
    return entries.find(({ header }) => isNamed(header, "data.json"))?.bytes ?? Buffer.from("{}");
  });
}

function withRevision(manifest: Buffer, revision: string): Buffer {
  return Buffer.from(JSON.stringify({ ...(parseJson(manifest.toString("utf8")) as JsonObject), revision }));
}

function partsOf(
  entries: readonly Entry[],
  { rules, resultsByExports, projections }: Pick<BuiltRules, "rules" | "resultsByExports" | "projections">,
  { warnings, results, exports, known: { unasked } }: CheckedRules,
  unprojected: string | null,
): Parts {
  const known = { reads: projections, results: resultsByExports ? results : everyResult, exports, unasked };
  return { entries, known, rules, unprojected, warnings };
}

async function written({ entries, known, ...rest }: Parts, revision: string, outDir: string): Promise<Compiled> {
  const archive = await writeArchive(outDir, revision, (file) => packKnown(entries, file, known));
  return { archive, ...rest };
}

/** The plan shows what decisions of calls read. Documents that are asked for get the whole input. */
function buildArguments(sources: Sources, target: "wasm" | "plan", output: string): string[] {
  const ofLog = logRulesIn(modulesOf(sources)).map((name) => LOG_ENTRYPOINTS[name]);
  const asked = target === "wasm" ? [...ofLog, ...askedEntrypoints(sources.files)] : [];
  return [
    "build",
    ...["--bundle", "--target", target, "--revision", sources.revision, "--output", output, "--wasm-include-print"],
    ...[...ENTRYPOINTS, ...asked].flatMap((entrypoint) => ["--entrypoint", entrypoint]),
    ...capabilities(sources),
    ".",
  ];
}

function modulesOf({ files }: Sources): ModuleTexts {
  const rego = files.filter(({ path }) => path.endsWith(".rego"));
  return Object.fromEntries(rego.map(({ path, bytes }) => [path, bytes.toString("utf8")]));
}

/** What the rules are checked by, whatever opa makes of them. */
function given(opa: OpaCommand, sources: Sources): ModulesCheck {
  const roots = sources.roots ?? rootOwners(sources.files);
  const schema = sources.files.find((file) => pathInSource(file) === "schemas/input.json");
  const inputSchema = schema?.bytes.toString("utf8") ?? null;
  return { opa, modules: modulesOf(sources), origins: originsOf(sources), roots, inputSchema };
}

/** Null when all modules are of one folder. */
function originsOf({ files }: Sources): Origins | null {
  if (!isLayered(files)) return null;
  const known = files.flatMap(({ path, from }) =>
    from === undefined || !path.endsWith(".rego") ? [] : [[path, from] as const],
  );
  return Object.fromEntries(known);
}
