import { statSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** One entry of `policy.sources`. `path`: absolute. */
export interface PolicySource {
  /** `library`: the policy library that comes with the gateway. */
  readonly kind: "library" | "folder" | "archive";
  readonly path: string;
}

/** The word that names the library in the configuration and on the command line. A folder of that name is `./library`. */
export const libraryWord = "library";

export const librarySource: PolicySource = {
  kind: "library",
  path: fileURLToPath(new URL("../../../rego", import.meta.url)),
};

/** The entries of a configuration; the library lies where the gateway does. */
export function policySources(
  named: readonly (
    { readonly kind: "library" } | (Pick<PolicySource, "path"> & { readonly kind: "folder" | "archive" })
  )[],
): PolicySource[] {
  return named.map((entry) => (entry.kind === "library" ? librarySource : entry));
}

/** As people see it: `library`, `folder policy`, `archive team.tar.gz`. */
export function sourceName({ kind, path }: PolicySource): string {
  return kind === "library" ? libraryWord : `${kind} ${basename(path)}`;
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
