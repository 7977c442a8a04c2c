import { statSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { AdoptedPolicy } from "../../domain/settings.ts";
import { adoptedRules, type GeneratedFile } from "./adopted-rules.ts";

/** One entry of `policy.sources`. `path`: absolute. */
export type PolicySource = StoredSource | GeneratedSource;

interface StoredSource {
  /** `library`: the policy library that comes with the gateway. */
  readonly kind: "library" | "folder" | "archive";
  readonly path: string;
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
    { readonly kind: "library" } | { readonly kind: "folder" | "archive"; readonly path: string }
  )[];
  readonly adopted: readonly AdoptedPolicy[];
}

/** The sources of a configuration: its entries, and the rules by which it adopts decisions. */
export function policySources({ sources, adopted }: NamedSources): PolicySource[] {
  const named = sources.map((entry): PolicySource => (entry.kind === "library" ? librarySource : entry));
  if (adopted.length === 0) return named;
  return [...named, { kind: "generated", path: "adopted", files: adoptedRules(adopted) }];
}

/** As people see it: `library`, `folder policy`, `archive team.tar.gz`. */
function sourceName({ kind, path }: PolicySource): string {
  if (kind === "library") return libraryWord;
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
 * A name for each source that stands before the paths of its files in messages: its last folder or file name, with
 * as many folders before it as tell it from the others.
 */
export function sourceLabels(sources: readonly PolicySource[]): string[] {
  const steps = sources.map(({ kind, path }) =>
    kind === "library"
      ? [libraryWord]
      : path
          .replace(/\.tar\.gz$/, "")
          .split(/[\\/]+/)
          .filter((step) => step !== ""),
  );
  const label = (index: number, length: number): string => (steps[index] ?? []).slice(-length).join("/");
  return steps.map((own, index) => {
    for (let length = 1; length < own.length; length += 1) {
      const mine = label(index, length);
      if (steps.every((_, other) => other === index || label(other, length) !== mine)) return mine;
    }
    return label(index, own.length);
  });
}
