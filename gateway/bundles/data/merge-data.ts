import type { Location } from "../failure.ts";
import type { RootOwner } from "../sources.ts";
import { dataText } from "./data-text.ts";
import { documentNames, holdsSettings, isSettings } from "./documents.ts";
import { type Fragment, isMapping, merge, mergedAt, ownerOf, problem, valueAt } from "./fragments.ts";

/** One data file of the merged data: its path below the bundle's root, and its JSON, in memory of its own. */
export interface MergedData {
  readonly path: string;
  readonly bytes: Uint8Array;
}

interface OfSource {
  readonly files: readonly Fragment[];
  readonly value: unknown;
}

/**
 * Values that two sources give, or two files of one: no source changes what another one says, and nothing depends on the order of files.
 * Defaults are replaced by those of others. Servers and roles are compared as a whole by `mappedTwice`.
 */
export function dataConflicts(fragments: readonly Fragment[]): Location[] {
  const bySource = Map.groupBy(fragments, ({ from }) => from?.source);
  const sources = [...bySource.values()].map((files): OfSource => ({ files, value: mergedAt(files, []) }));
  const own = sources.filter(({ files }) => files[0]?.from?.defaults === false);
  return [...own.flatMap((source, index) => betweenTwo(source, own.slice(0, index))), ...sources.flatMap(withinOne)];
}

/** Two sources may have files in one folder, and settings in one document; neither adds to any other mapping that a file of one of them holds. */
function betweenTwo(source: OfSource, others: readonly OfSource[]): Location[] {
  return others.flatMap((other) => {
    const isOwned = (at: readonly string[]): boolean =>
      !holdsSettings(at) && (isWritten(source, at) || isWritten(other, at));
    return pathsOfBoth(other.value, source.value, isOwned)
      .filter(([root, name]) => root !== "sallyport" || !isByName(name))
      .map((path) => {
        const { file } = ownerOf(other.files, path);
        const message = `is also given in ${file}, and no source changes what another one says`;
        return problem(ownerOf(source.files, path), path, "key", message);
      });
  });
}

/** OPA, which compares the files of a policy of one folder, gets those of a source merged. */
function withinOne({ files }: OfSource): Location[] {
  let before: unknown;
  return files.flatMap((fragment, index) => {
    const value = valueAt(fragment, []);
    const paths = pathsOfBoth(before, value, () => false);
    before = merge(before, value);
    return paths.map((path) => {
      const { file } = ownerOf(files.slice(0, index), path);
      return problem(fragment, path, "key", `is also given in ${file}, so that it would depend on their order`);
    });
  });
}

function isByName(name: string | undefined): boolean {
  const document = documentNames.find((one) => one === name);
  return document !== undefined && !isSettings(document);
}

/** The paths at which both have a value, and not both a mapping, or both one that `isOwned`. */
function pathsOfBoth(
  one: unknown,
  other: unknown,
  isOwned: (at: readonly string[]) => boolean,
  at: readonly string[] = [],
): (readonly string[])[] {
  if (one === undefined || other === undefined) return [];
  if (!isMapping(one) || !isMapping(other) || isOwned(at)) return [at];
  return Object.keys(other)
    .filter((name) => Object.hasOwn(one, name))
    .flatMap((name) => pathsOfBoth(one[name], other[name], isOwned, [...at, name]));
}

/** Whether a file of the source holds the value, and not only a file deeper in the folder. */
function isWritten({ files }: OfSource, at: readonly string[]): boolean {
  return files.some((file) => file.prefix.length <= at.length && valueAt(file, at) !== undefined);
}

/** Data outside the roots of its bundle's manifest, and below those of another one. */
export function dataRootProblems(fragments: readonly Fragment[], owners: readonly RootOwner[]): Location[] {
  return fragments.flatMap((fragment) => {
    const { roots = null, source } = fragment.from ?? {};
    const outside = roots === null ? null : firstOutside(valueAt(fragment, []), roots, []);
    const others = owners.flatMap((owner) => (owner.source === source ? [] : owner.roots));
    const foreign = others.find((root) => valueAt(fragment, root.split(".")) !== undefined);
    return [
      ...(outside === null
        ? []
        : [problem(fragment, outside, "key", `is outside the roots of its bundle: ${roots?.join(", ")}`)]),
      ...(foreign === undefined
        ? []
        : [problem(fragment, foreign.split("."), "key", "lies below a root of another bundle")]),
    ];
  });
}

function firstOutside(value: unknown, roots: readonly string[], at: readonly string[]): readonly string[] | null {
  const name = at.join(".");
  if (roots.some((root) => name === root || name.startsWith(`${root}.`))) return null;
  if (!isMapping(value)) return at;
  for (const [key, below] of Object.entries(value)) {
    const found = firstOutside(below, roots, [...at, key]);
    if (found !== null) return found;
  }
  return null;
}

/** Whole numbers that a double does not hold exactly. OPA would keep their digits. */
export function inexactNumbers(fragments: readonly Fragment[]): Location[] {
  return fragments.flatMap((fragment) =>
    inexactIn(fragment.values, fragment.prefix).map((path) =>
      problem(fragment, path, "value", "is a number beyond 2^53, which is not kept exactly; write it as text"),
    ),
  );
}

function inexactIn(value: unknown, at: readonly string[]): (readonly string[])[] {
  if (typeof value === "number")
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? [] : [at];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => inexactIn(below, [...at, name]));
}

/** Each text gets memory of its own, so that it can be moved to another thread. */
const encoder = new TextEncoder();

/** The data of all sources, in the order of `defaultsFirst`; `whole`: as in `CheckedData`. A file for each document, so that a compiler sees what lies where. */
export function mergedData(fragments: readonly Fragment[]): {
  readonly merged: readonly MergedData[];
  readonly whole: Uint8Array | null;
} {
  const all = mergedAt(fragments, []);
  const { sallyport, ...rest } = isMapping(all) ? all : {};
  const files = [
    ...filesOf(Object.entries(rest), ""),
    ...filesOf(Object.entries(isMapping(sallyport) ? sallyport : {}), "sallyport/"),
  ];
  const text = dataText(all);
  return { merged: files, whole: text === null ? null : encoder.encode(text) };
}

/** A file for each mapping, in the folder of its name, and one for all else. The folder schemas/ holds schemas. */
function filesOf(members: readonly (readonly [string, unknown])[], home: string): MergedData[] {
  const isApart = ([name, value]: readonly [string, unknown]): boolean =>
    isMapping(value) && /^\w+$/.test(name) && `${home}${name}` !== "schemas";
  const others = members.filter((member) => !isApart(member));
  return [
    ...members
      .filter(isApart)
      .map(([name, value]) => ({ path: `${home}${name}/data.json`, bytes: encoder.encode(JSON.stringify(value)) })),
    ...(others.length === 0
      ? []
      : [{ path: `${home}data.json`, bytes: encoder.encode(JSON.stringify(Object.fromEntries(others))) }]),
  ];
}
