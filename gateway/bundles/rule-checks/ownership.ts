import type { FileOrigin } from "../sources.ts";
import type { Definition } from "./definitions.ts";
import { type Module, pathBelowRoot } from "./modules.ts";
import type { Problem } from "./problems.ts";

/** Where each module is from, by its file. */
export type Origins = Readonly<Record<string, FileOrigin>>;

/**
 * Modules of several sources that define something in a package of another source, by their package or by the head of a rule
 * (`lib.hold.complete(x) if true` in the package `sallyport`), and bundles with rules outside their roots. A source that could
 * do so could lift what another one denies.
 */
export function ownershipProblems(
  modules: readonly Module[],
  definitions: readonly Definition[],
  origins: Origins,
): Problem[] {
  const owners = new Map<string, string>();
  for (const module of modules) {
    const name = packageName(module);
    if (!owners.has(name)) owners.set(name, module.file);
  }
  const rooted = Object.entries(origins).filter(([, { roots }]) => roots !== null);
  const sourceOf = (file: string): string | undefined => origins[file]?.source;
  const taken = (file: string, at: Problem["at"], name: string): Problem[] => {
    const owner = owners.get(name);
    if (owner === undefined || sourceOf(owner) === sourceOf(file)) return [];
    return [{ file, at, severity: "error", message: packageIsTaken(name, owner) }];
  };
  return [
    ...modules.flatMap((module) => taken(module.file, ["package"], packageName(module))),
    ...definitions.flatMap((definition) => {
      const { file, at, path, package: home } = definition;
      const names = path.map((_, index) => path.slice(0, index + 1).join(".")).slice(home.length);
      return [
        ...names.flatMap((name) => taken(file, at, name)),
        ...rootProblems(definition, origins[definition.file], rooted),
      ];
    }),
  ];
}

export function packageIsTaken(name: string, owner: string): string {
  return `the package ${name} is also in ${owner}; a package belongs to one source of the policy`;
}

function packageName({ tree }: Module): string {
  const path = (tree["package"] as { readonly path?: never } | undefined)?.path;
  return pathBelowRoot(path).join(".");
}

/** A bundle holds nothing outside the roots of its manifest, and nothing of another source lies below them. */
function rootProblems(
  { file, at, path }: Definition,
  own: FileOrigin | undefined,
  rooted: readonly (readonly [string, FileOrigin])[],
): Problem[] {
  const name = path.join(".");
  if (own !== undefined && own.roots !== null && !own.roots.some((root) => isBelow(name, root))) {
    const message = `data.${name} is outside the roots of its bundle: ${own.roots.join(", ")}`;
    return [{ file, at, severity: "error", message }];
  }
  const other = rooted.find(
    ([, { source, roots }]) => source !== own?.source && roots?.some((root) => isBelow(name, root)) === true,
  );
  if (other === undefined) return [];
  const message = `data.${name} lies below a root of ${other[1].source}, as ${other[0]} does`;
  return [{ file, at, severity: "error", message }];
}

function isBelow(name: string, root: string): boolean {
  return name === root || name.startsWith(`${root}.`);
}
