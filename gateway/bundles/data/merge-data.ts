import type { Location } from "../failure.ts";
import type { RootOwner } from "../sources.ts";
import { documentNames, isSettings } from "./documents.ts";
import { type Fragment, isMapping, mergedAt, ownerOf, problem, valueAt } from "./fragments.ts";

/** One data file of the merged data: its path below the bundle's root, and its JSON. */
export interface MergedData {
  readonly path: string;
  readonly text: string;
}

interface OfSource {
  readonly files: readonly Fragment[];
  readonly value: unknown;
}

/**
 * Values that two sources give: no source changes what another one says. Defaults are replaced, so they are not looked at, and
 * neither are files of one source, which OPA compares, nor servers and roles, which `mappedTwice` compares as a whole.
 */
export function dataConflicts(fragments: readonly Fragment[]): Location[] {
  const own = fragments.filter(({ from }) => from !== null && !from.defaults);
  const sources = [...Map.groupBy(own, ({ from }) => from?.source).values()].map((files): OfSource => ({
    files,
    value: mergedAt(files, []),
  }));
  return sources.flatMap((source, index) =>
    sources.slice(0, index).flatMap((before) =>
      sharedPaths(before, source, [])
        .filter(([root, name]) => root !== "sallyport" || !isByName(name))
        .map((path) => {
          const other = ownerOf(before.files, path).file;
          const message = `is also given in ${other}, and no source changes what another one says`;
          return problem(ownerOf(source.files, path), path, "key", message);
        }),
    ),
  );
}

function isByName(name: string | undefined): boolean {
  const document = documentNames.find((one) => one === name);
  return document !== undefined && !isSettings(document);
}

/** The paths at which both have a value that they cannot share: two sources may have files in one folder, and none adds to what a file of another one holds. */
function sharedPaths(one: OfSource, other: OfSource, at: readonly string[]): (readonly string[])[] {
  const [mine, theirs] = [one.value, other.value];
  if (mine === undefined || theirs === undefined) return [];
  if (!isMapping(mine) || !isMapping(theirs) || (!isOfLibrary(at) && (isWritten(one, at) || isWritten(other, at))))
    return [at];
  return Object.keys(theirs)
    .filter((name) => Object.hasOwn(mine, name))
    .flatMap((name) =>
      sharedPaths({ ...one, value: mine[name] }, { ...other, value: theirs[name] }, [...at, name]),
    );
}

/** The top of all data, and the library's documents, whose settings are given one by one. */
function isOfLibrary([root, name]: readonly string[]): boolean {
  return root === undefined || (root === "sallyport" && (name === undefined || documentNames.some((one) => one === name)));
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

/** The data of all sources, in the order of `defaultsFirst`. One file for each document of the library, so that a compiler sees what lies where. */
export function mergedData(fragments: readonly Fragment[]): MergedData[] {
  const all = mergedAt(fragments, []);
  const { sallyport, ...rest } = isMapping(all) ? all : {};
  const files: MergedData[] = [{ path: "data.json", text: JSON.stringify(rest) }];
  const mixed: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(isMapping(sallyport) ? sallyport : {})) {
    if (isMapping(value) && /^\w+$/.test(name))
      files.push({ path: `sallyport/${name}/data.json`, text: JSON.stringify(value) });
    else mixed[name] = value;
  }
  if (Object.keys(mixed).length > 0) files.push({ path: "sallyport/data.json", text: JSON.stringify(mixed) });
  return files;
}
