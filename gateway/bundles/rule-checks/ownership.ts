import type { FileOrigin, RootOwner } from "../sources.ts";
import type { Definition } from "./definitions.ts";
import { type Module, pathBelowRoot } from "./modules.ts";
import type { Problem } from "./problems.ts";

/** Where each module is from, by its file. */
export type Origins = Readonly<Record<string, FileOrigin>>;

/**
 * Modules of several sources that define something in a package of another source, by their package or by the head of a rule
 * (`lib.hold.complete(x) if true` in the package `sallyport`; a head with a variable, `lib[name].x`, may lead into every package below
 * its constant part), and bundles with rules outside their roots. A source that could
 * do so could lift what another one denies.
 */
export function ownershipProblems(
  modules: readonly Module[],
  definitions: readonly Definition[],
  { origins, roots }: { readonly origins: Origins; readonly roots: readonly RootOwner[] },
): Problem[] {
  const owners = new Map<string, string>();
  for (const module of modules) {
    const name = packageName(module);
    if (!owners.has(name)) owners.set(name, module.file);
  }
  const sourceOf = (file: string): string | undefined => origins[file]?.source;
  const taken = (file: string, at: Problem["at"], name: string): Problem[] => {
    const owner = owners.get(name);
    if (owner === undefined || sourceOf(owner) === sourceOf(file)) return [];
    return [{ file, at, severity: "error", message: packageIsTaken(name, owner) }];
  };
  return [
    ...modules.flatMap((module) => taken(module.file, ["package"], packageName(module))),
    ...definitions.flatMap((definition) => {
      const { file, at, path, package: home, isOpen } = definition;
      const names = path.map((_, index) => path.slice(0, index + 1).join(".")).slice(home.length);
      const below = isOpen ? [...owners.keys()].filter((name) => name.startsWith(`${path.join(".")}.`)) : [];
      return [
        ...[...names, ...below].flatMap((name) => taken(file, at, name)),
        ...rootProblems(definition, origins[definition.file], roots),
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

/**
 * A bundle holds nothing outside the roots of its manifest, and nothing of another source lies below them, nor above, where it could
 * lead into them.
 */
function rootProblems(
  { file, at, path }: Definition,
  own: FileOrigin | undefined,
  owners: readonly RootOwner[],
): Problem[] {
  const name = path.join(".");
  if (own !== undefined && own.roots !== null && !own.roots.some((root) => isBelow(name, root))) {
    const message = `data.${name} is outside the roots of its bundle: ${own.roots.join(", ")}`;
    return [{ file, at, severity: "error", message }];
  }
  const others = owners.filter(({ source }) => source !== own?.source);
  return others.flatMap(({ source, roots }): Problem[] => {
    const root = roots.find((one) => isBelow(name, one) || isBelow(one, name));
    if (root === undefined) return [];
    const place = isBelow(name, root) ? "lies below" : "holds";
    return [{ file, at, severity: "error", message: `data.${name} ${place} a root of ${source}: ${root}` }];
  });
}

function isBelow(name: string, root: string): boolean {
  return name === root || name.startsWith(`${root}.`);
}
