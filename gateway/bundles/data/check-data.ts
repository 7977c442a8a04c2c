import type { z } from "zod";
import { afterGrowth, asBuffer, givenInTurns, sentInTurns } from "../../lib/bytes-in-turns.ts";
import { wantedAt } from "../../lib/json-parts.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { findingsOf, inOurWords } from "../../lib/schema-findings.ts";
import { type BuildCache, packed, unpacked } from "../cache/build-cache.ts";
import { filesKey } from "../cache/keys.ts";
import { askBuildThread, isLarge } from "../thread/build-thread.ts";
import { BundleFailure, type Location } from "../failure.ts";
import { isDataFile, pathInSource, type RootOwner, rootOwners, type SourceFile } from "../sources.ts";
import { type DocumentName, documentNames, documents, isSettings, siteDocuments } from "./documents.ts";
import { dataConflicts, dataRootProblems, inexactNumbers, type MergedData, mergedData } from "./merge-data.ts";
import { outsideCatalog } from "./outside-catalog.ts";
import {
  type Fragment,
  isMapping,
  keysAt,
  defaultsFirst,
  mergedAt,
  ownerOf,
  problem,
  readFragment,
} from "./fragments.ts";

/** A document of `data` and what it has to look like. */
export interface DataDocument {
  /** e.g. `["sallyport", "catalog"]` for `data.sallyport.catalog` */
  readonly at: readonly string[];
  readonly schema: z.ZodType;
}

export interface CheckedData {
  /** The policy does not become active with any of these. */
  readonly problems: readonly Location[];
  /** Names without effect; only searched for when there are no problems. */
  readonly warnings: readonly Location[];
  /** The data of several sources together; empty when there are problems, and for a policy of one folder. */
  readonly merged: readonly MergedData[];
  /** The merged data as `opa build` writes them to data.json; null where only OPA knows. */
  readonly whole: Uint8Array | null;
}

/** What `checkData` finds where there are no problems. */
export interface DataOfSources extends Pick<CheckedData, "warnings"> {
  readonly merged: readonly SourceFile[];
  readonly whole: Buffer | null;
}

/** Checks the data files among `files` on this thread; findings have line and column and come in the order of the files. */
export function checkDataFiles(files: readonly SourceFile[]): CheckedData {
  const site = siteDocuments(files);
  const data = files.filter(({ path }) => isDataFile(path));
  // Several sources are merged, and for that all values are needed.
  const isLayered = data.some(({ from }) => from !== undefined);
  const checked = wantedAt([["sallyport"], ...site.documents.map(({ at }) => at)], "whole");
  const fragments = defaultsFirst(data.map((file) => readFragment(file, isLayered ? "whole" : checked)));
  const faults = fragments.flatMap((fragment) => [...fragment.faults, ...noMapping(fragment)]);
  // The values of an unreadable file are unknown, so that further checks would report false findings.
  if (faults.length > 0) return { problems: faults, warnings: [], merged: [], whole: null };
  const own = fragments.filter(({ from }) => from?.defaults !== true);
  const library = documentNames.map((name): DataDocument => ({ at: ["sallyport", name], schema: documents[name] }));
  const problems = [
    ...fragments.flatMap(misspeltDocuments),
    ...documentNames.flatMap((name) => (isLayered && isSettings(name) ? [] : mappedTwice(own, name))),
    ...(isLayered ? betweenSources(fragments, rootOwners(files)) : []),
    ...site.problems,
    ...[...library, ...site.documents].flatMap((document) => documentProblems(fragments, document)),
  ].toSorted(inOrder);
  if (problems.length > 0) return { problems, warnings: [], merged: [], whole: null };
  const warnings = outsideCatalog(fragments, files).toSorted(inOrder);
  return { problems, warnings, ...(isLayered ? mergedData(fragments) : { merged: [], whole: null }) };
}

function betweenSources(fragments: readonly Fragment[], owners: readonly RootOwner[]): Location[] {
  return [...dataConflicts(fragments), ...dataRootProblems(fragments, owners), ...inexactNumbers(fragments)];
}

function inOrder(a: Location, b: Location): number {
  return compare(a.file, b.file) || a.line - b.line || (a.column ?? 0) - (b.column ?? 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The content of a data file must be a mapping; only a YAML file may be empty. */
function noMapping(fragment: Fragment): Location[] {
  const { file, faults, prefix, values } = fragment;
  const empty = (values === null || values === undefined) && (faults.length > 0 || !file.endsWith(".json"));
  return empty || isMapping(values) ? [] : [problem(fragment, prefix, "value", "is not a mapping of names to values")];
}

/** Names that are nearly those of a document, such as `sallyport.catalogue`: no rule reads them. */
function misspeltDocuments(fragment: Fragment): Location[] {
  const names = keysAt(fragment, ["sallyport"]);
  return names.flatMap((name) => {
    const hint = documentNames.includes(name as DocumentName) ? "" : didYouMean(name, documentNames);
    return hint === "" ? [] : [problem(fragment, ["sallyport", name], "key", `unknown document${hint}`)];
  });
}

/** A server or a role that is mapped in two files: a reader of one file would miss part of it. */
function mappedTwice(fragments: readonly Fragment[], name: DocumentName): Location[] {
  const first = new Map<string, Fragment>();
  return fragments.flatMap((fragment) =>
    keysAt(fragment, ["sallyport", name]).flatMap((key) => {
      const other = first.get(key);
      if (other === undefined) first.set(key, fragment);
      // Files in the folder of the key are parts of one mapping.
      const isPart = other !== undefined && fragment.prefix.length > 2 && other.prefix.length > 2;
      if (other === undefined || (isPart && other.from?.source === fragment.from?.source)) return [];
      return [
        problem(fragment, ["sallyport", name, key], "key", `is mapped a second time; the first is in ${other.file}`),
      ];
    }),
  );
}

function documentProblems(fragments: readonly Fragment[], { at, schema }: DataDocument): Location[] {
  const value = mergedAt(fragments, at);
  if (value === undefined) return [];
  const parsed = schema.safeParse(value, { error: inOurWords });
  return findingsOf(parsed.error?.issues ?? [], schema, "field").map(({ path, at: what, message }) => {
    const whole = [...at, ...path];
    return problem(ownerOf(fragments, whole), whole, what, message);
  });
}

/** Mistakes that one failure lists; a longer list would hide the first. */
const MAX_REPORTED = 100;

type Warnings = Pick<CheckedData, "warnings">;

/**
 * `checkData` of the data.json of a bundle, unless the cache knows that the same bytes were right. They are given away, and come back when the
 * caller may use them again. Large ones are checked by then: they move to the thread and back, and are not in memory twice.
 * @throws BundleFailure as `checkData`
 */
export async function checkBundleData(
  given: Buffer,
  cache: BuildCache,
): Promise<{ readonly checked: Promise<Warnings>; readonly bytes: Buffer }> {
  const files = [{ path: "data.json", bytes: given }];
  const key = await filesKey(files);
  const known = await cache.get("data", key);
  if (known !== null) return { checked: Promise.resolve(unpacked<Warnings>(known).json), bytes: given };
  if (isLarge(given.length)) {
    const { found, bytes } = await checkLargeData(given);
    return { checked: keepWarnings(found, key, cache), bytes };
  }
  const { checked } = await sentToCheck(files);
  return { checked: checked.then((found) => keepWarnings(found, key, cache)), bytes: given };
}

async function checkLargeData(given: Buffer): Promise<{ readonly found: DataOfSources; readonly bytes: Buffer }> {
  const { bytes, moved } = await givenInTurns(given);
  const { checked, data } = await askBuildThread("bundleData", bytes, { moved });
  await afterGrowth(data.length);
  return { found: withoutProblems(checked), bytes: asBuffer(data) };
}

async function keepWarnings({ warnings }: Warnings, key: string[], cache: BuildCache): Promise<Warnings> {
  await cache.put("data", key, await packed({ warnings }, Buffer.alloc(0)));
  return { warnings };
}

/**
 * Checks the data files among `files` on the build thread.
 * @returns warnings: names that have no effect; merged and whole: the data of several sources together
 * @throws BundleFailure with every mistake as `file:line:column: field: message`
 */
export async function checkData(files: readonly SourceFile[]): Promise<DataOfSources> {
  return (await sentToCheck(files)).checked;
}

/** As `checkData`; resolves when the build thread has the files. */
async function sentToCheck(files: readonly SourceFile[]): Promise<{ readonly checked: Promise<DataOfSources> }> {
  const wanted = files.filter(
    (file) => isDataFile(file.path) || pathInSource(file).startsWith("schemas/") || file.path.endsWith(".rego"),
  );
  if (!wanted.some(({ path }) => isDataFile(path)))
    return { checked: Promise.resolve({ warnings: [], merged: [], whole: null }) };
  const { parts, moved } = await sentInTurns(wanted.map(({ bytes }) => bytes));
  const asked = wanted.map((file, index) => ({ ...file, bytes: parts[index] as Uint8Array }));
  return { checked: askBuildThread("data", asked, { moved }).then(withoutProblems) };
}

/** @throws BundleFailure */
function withoutProblems({ problems, warnings, merged, whole }: CheckedData): DataOfSources {
  if (problems.length === 0)
    return {
      warnings: warnings.slice(0, MAX_REPORTED),
      merged: merged.map(({ path, bytes }) => ({ path, bytes: asBuffer(bytes) })),
      whole: whole === null ? null : asBuffer(whole),
    };
  const reported = problems.slice(0, MAX_REPORTED);
  const lines = reported.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  if (problems.length > reported.length)
    lines.push(`and ${problems.length - reported.length} more mistakes in the data`);
  throw new BundleFailure("load", lines.join("\n"), reported);
}
