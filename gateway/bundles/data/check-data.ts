import type { z } from "zod";
import { didYouMean } from "../../lib/suggest.ts";
import { findingsOf, inOurWords } from "../../lib/schema-findings.ts";
import type { Location } from "../failure.ts";
import { isDataFile, type SourceFile } from "../sources.ts";
import { type DocumentName, documentNames, documents } from "./documents.ts";
import { type Fragment, readFragment } from "./fragment.ts";
import { isMapping, keysAt, mergedAt, ownerOf, problem } from "./merged.ts";
import { siteDocuments } from "./site-documents.ts";
import { namesOutsideCatalog } from "./outside-catalog.ts";

/** A document of `data` and what it has to look like. */
export interface DataDocument {
  /** e.g. `["sallyport", "catalog"]` for `data.sallyport.catalog` */
  readonly at: readonly string[];
  readonly schema: z.ZodType;
}

export interface CheckedData {
  /** What keeps the policy from becoming active. */
  readonly problems: readonly Location[];
  /** What has no effect; only looked for where there is no problem. */
  readonly warnings: readonly Location[];
}

/** Looks at the data files among `files`; each finding has line and column, in the order of the files. */
export function checkDataFiles(files: readonly SourceFile[]): CheckedData {
  const fragments = files.filter(({ path }) => isDataFile(path)).map(readFragment);
  const faults = fragments.flatMap((fragment) => [...fragment.faults, ...noMapping(fragment)]);
  // Values of a file that could not be read would be missed, or missing.
  if (faults.length > 0) return { problems: faults, warnings: [] };
  const site = siteDocuments(files);
  const library = documentNames.map((name): DataDocument => ({ at: ["sallyport", name], schema: documents[name] }));
  const problems = [
    ...fragments.flatMap(misspeltDocuments),
    ...documentNames.flatMap((name) => mappedTwice(fragments, name)),
    ...site.problems,
    ...[...library, ...site.documents].flatMap((document) => documentProblems(fragments, document)),
  ].toSorted(inOrder);
  return { problems, warnings: problems.length > 0 ? [] : namesOutsideCatalog(fragments).toSorted(inOrder) };
}

function inOrder(a: Location, b: Location): number {
  return compare(a.file, b.file) || a.line - b.line || (a.column ?? 0) - (b.column ?? 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What is put into `data` has names; a YAML file may be empty. */
function noMapping(fragment: Fragment): Location[] {
  const { file, faults, prefix, values } = fragment;
  const empty = (values === null || values === undefined) && (faults.length > 0 || !file.endsWith(".json"));
  return empty || isMapping(values) ? [] : [problem(fragment, prefix, "value", "is not a mapping of names to values")];
}

/** `sallyport.catalogue`, which no rule reads. */
function misspeltDocuments(fragment: Fragment): Location[] {
  const names = keysAt(fragment, ["sallyport"]);
  return names.flatMap((name) => {
    const hint = documentNames.includes(name as DocumentName) ? "" : didYouMean(name, documentNames);
    return hint === "" ? [] : [problem(fragment, ["sallyport", name], "key", `unknown document${hint}`)];
  });
}

/** A server, or a role, that two files map: one reader of either file would not see the whole. */
function mappedTwice(fragments: readonly Fragment[], name: DocumentName): Location[] {
  const first = new Map<string, Fragment>();
  return fragments.flatMap((fragment) =>
    keysAt(fragment, ["sallyport", name]).flatMap((key) => {
      const other = first.get(key);
      if (other === undefined) first.set(key, fragment);
      // Files in the key's own folder are parts of one mapping.
      if (other === undefined || (fragment.prefix.length > 2 && other.prefix.length > 2)) return [];
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
