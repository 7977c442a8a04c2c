import type { z } from "zod";
import { didYouMean } from "../../lib/suggest.ts";
import { dotted, findingsOf, inOurWords } from "../../lib/schema-findings.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import type { Location } from "../failure.ts";
import { isDataFile, type SourceFile } from "../sources.ts";
import { type DocumentName, documentNames, documents } from "./documents.ts";
import { type Fragment, readFragment } from "./fragment.ts";
import { siteDocuments } from "./site-documents.ts";

/** A document of `data` and what it has to look like. */
export interface DataDocument {
  /** e.g. `["sallyport", "catalog"]` for `data.sallyport.catalog` */
  readonly at: readonly string[];
  readonly schema: z.ZodType;
}

/** What is wrong in the data files among `files`, each with line and column, in the order of the files. */
export function dataProblems(files: readonly SourceFile[]): Location[] {
  const fragments = files.filter(({ path }) => isDataFile(path)).map(readFragment);
  const faults = fragments.flatMap((fragment) => [...fragment.faults, ...noMapping(fragment)]);
  // Values of a file that could not be read would be missed, or missing.
  if (faults.length > 0) return faults;
  const site = siteDocuments(files);
  const library = documentNames.map((name): DataDocument => ({ at: ["sallyport", name], schema: documents[name] }));
  return [
    ...fragments.flatMap(misspeltDocuments),
    ...documentNames.flatMap((name) => mappedTwice(fragments, name)),
    ...site.problems,
    ...[...library, ...site.documents].flatMap((document) => documentProblems(fragments, document)),
  ].toSorted((a, b) => compare(a.file, b.file) || a.line - b.line || (a.column ?? 0) - (b.column ?? 0));
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
  const value = fragments.reduce<unknown>((merged, fragment) => merge(merged, valueAt(fragment, at)), undefined);
  if (value === undefined) return [];
  const parsed = schema.safeParse(value, { error: inOurWords });
  return findingsOf(parsed.error?.issues ?? [], schema, "field").map(({ path, at: what, message }) => {
    const whole = [...at, ...path];
    return problem(ownerOf(fragments, whole), whole, what, message);
  });
}

function problem(fragment: Fragment, path: Path, at: Finding["at"], message: string): Location {
  const within = path.slice(fragment.prefix.length);
  const key = dotted(within);
  return { file: fragment.file, ...fragment.place(within, at), message: key === "" ? message : `${key}: ${message}` };
}

/** The file that has the most of the path. */
function ownerOf(fragments: readonly Fragment[], path: Path): Fragment {
  const depths = fragments.map((fragment) => depthIn(fragment, path));
  return fragments[depths.indexOf(Math.max(...depths))] as Fragment;
}

function depthIn({ prefix, values }: Fragment, path: Path): number {
  const shared = prefix.findIndex((step, index) => step !== path[index]);
  if (shared !== -1) return shared >= path.length ? path.length : -1;
  let [depth, value] = [prefix.length, values];
  for (const step of path.slice(prefix.length)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) break;
    value = (value as Record<string | number, unknown>)[step];
    depth += 1;
  }
  return depth;
}

/** Names that the file maps below the path; the name of its folder when it lies deeper. */
function keysAt(fragment: Fragment, path: readonly string[]): string[] {
  const value = valueAt(fragment, path);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/** What the file says of a path of `data`; undefined when nothing. */
function valueAt({ prefix, values }: Fragment, path: readonly string[]): unknown {
  if (prefix.some((step, index) => index < path.length && step !== path[index])) return undefined;
  // The file lies below the path: its value in the mappings that its folders are.
  if (prefix.length > path.length)
    return prefix.slice(path.length).reduceRight<unknown>((below, step) => ({ [step]: below }), values ?? {});
  let value: unknown = values ?? undefined;
  for (const step of path.slice(prefix.length)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** As OPA merges files: mappings into each other; what else is there twice OPA refuses. */
function merge(into: unknown, from: unknown): unknown {
  if (!isMapping(into) || !isMapping(from)) return from === undefined ? into : from;
  const merged = Object.assign(Object.create(null) as Record<string, unknown>, into);
  for (const [key, value] of Object.entries(from)) merged[key] = merge(merged[key], value);
  return merged;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
