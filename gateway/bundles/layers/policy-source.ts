import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AdoptedPolicy } from "../../domain/settings.ts";
import { BundleFailure } from "../failure.ts";
import { adoptedRules, type GeneratedFile } from "./adopted-rules.ts";
import { askedDocuments } from "./asked-documents.ts";

/** One entry of `policy.sources`. `path`: absolute. */
export type PolicySource = StoredSource | ServedSource | GeneratedSource;

interface StoredSource {
  /** `library`: the policy library that comes with the gateway. */
  readonly kind: "library" | "folder" | "archive";
  readonly path: string;
}

/** A bundle that a bundle service has. */
export interface ServedSource {
  readonly kind: "bundle";
  readonly name: string;
  /** The archive that was downloaded last; there is none before the first one. */
  readonly path: string;
  /** Why there is no archive where there is none. Absent: it has not been downloaded yet. */
  readonly absence?: string;
}

/** Modules that the configuration stands for. */
interface GeneratedSource {
  readonly kind: "generated";
  /** Its name, which begins the paths of its files. */
  readonly path: string;
  readonly files: readonly GeneratedFile[];
}

/** The word that names the library in the configuration and on the command line. A folder of that name is `./library`. */
export const libraryWord = "library";

export const librarySource: StoredSource = {
  kind: "library",
  path: fileURLToPath(new URL("../../../rego", import.meta.url)),
};

interface NamedSources {
  readonly sources: readonly (
    | { readonly kind: "library" }
    | { readonly kind: "folder" | "archive"; readonly path: string }
    | { readonly kind: "bundle"; readonly served: { readonly name: string; readonly folder: string } }
  )[];
  readonly adopted: readonly AdoptedPolicy[];
  /** What the Data API answers; null or absent: nothing. */
  readonly dataApi?: { readonly paths: readonly string[] } | null;
}

/** The sources of a configuration: its entries, the rules by which it adopts decisions, and what the Data API answers. */
export function policySources({ sources, adopted, dataApi = null }: NamedSources): PolicySource[] {
  const named = sources.map((entry): PolicySource => {
    if (entry.kind === "library") return librarySource;
    return entry.kind === "bundle" ? servedSource(entry.served) : entry;
  });
  return [
    ...named,
    ...generatedSource("adopted", adoptedRules(adopted)),
    ...generatedSource("asked", dataApi === null ? [] : [askedDocuments(dataApi.paths)]),
  ];
}

function generatedSource(path: string, files: readonly GeneratedFile[]): GeneratedSource[] {
  return files.length === 0 ? [] : [{ kind: "generated", path, files }];
}

/** `folder`: of the bundle alone, in the data folder. */
export function servedSource({ name, folder }: { readonly name: string; readonly folder: string }): ServedSource {
  return { kind: "bundle", name, path: join(folder, "downloaded.tar.gz") };
}

/** Stands for the bundles of a document until one is in force: no policy is made without them. */
export function unknownSource({ name, folder }: { readonly name: string; readonly folder: string }): ServedSource {
  const { path } = servedSource({ name, folder: join(folder, "unknown") });
  return { kind: "bundle", name, path, absence: "no document of discovery is in force yet" };
}

/** Whether it is the file of a bundle, from wherever it came. */
export function isArchive(source: PolicySource): boolean {
  return source.kind === "archive" || source.kind === "bundle";
}

/** As people see it: `library`, `folder policy`, `archive team.tar.gz`, `bundle authz`. */
function sourceName(source: PolicySource): string {
  const { kind, path } = source;
  if (kind === "library") return libraryWord;
  if (kind === "bundle") return `bundle ${source.name}`;
  return kind === "generated" ? path : `${kind} ${basename(path)}`;
}

/** All of them as one text. */
export function sourceNames(sources: readonly PolicySource[]): string {
  return sources.map(sourceName).join(", ");
}

/** Whether the folder is the library, which may also be named by its path. */
export function isLibrary(path: string): boolean {
  try {
    const [one, other] = [statSync(path), statSync(librarySource.path)];
    return one.ino === other.ino && one.dev === other.dev;
  } catch {
    return false;
  }
}

/**
 * A name for each source that stands before the paths of its files, in messages and in the merged bundle: that of the bundle in the
 * configuration, else its last folder or file name, with as many folders before it as tell it from the others. No two are the same, and none is a folder of another one, so
 * that no file of one source has the path of a file of another.
 * @throws BundleFailure when the paths cannot be told apart
 */
export function sourceLabels(sources: readonly PolicySource[]): string[] {
  const steps = sources.map((source) => {
    if (source.kind === "library") return [libraryWord];
    return source.kind === "bundle" ? [source.name] : source.path.split(/[\\/]+/).filter((step) => step !== "");
  });
  const labels = steps.map((own, index) => {
    for (let length = 1; length < own.length; length += 1) {
      const mine = own.slice(-length);
      if (steps.every((other, at) => at === index || !isSame(other.slice(-length), mine))) return mine;
    }
    return own;
  });
  labels.forEach((label, index) => {
    const other = labels.findIndex((one, at) => at !== index && isSame(one.slice(0, label.length), label));
    if (other !== -1) throw new BundleFailure("load", sameName(sources[index], sources[other], label.join("/")));
  });
  return labels.map((label) => label.join("/"));
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((step, at) => step === other[at]);
}

function sameName(one: PolicySource | undefined, other: PolicySource | undefined, label: string): string {
  const both = [one, other].map((source) => (source === undefined ? "" : sourceName(source))).join(" and ");
  return `${both} cannot be told apart: the files of both would be named ${label}/…; name each source once, or rename a folder`;
}
