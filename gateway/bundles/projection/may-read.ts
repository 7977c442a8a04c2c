import type { DispatchTargets, Projection, Projections, ReadTree } from "../../domain/ports.ts";

/** Entrypoints that get facts about the values of a call. */
const entrypoints = ["sallyport/main/decision", "sallyport/main/result"];

/** Members of the context that say where values come from. */
const provenance = ["provenance", "secrets", "copied", "completes", "before", "asked"];

/** Whether a policy may read where the values of a call come from. True when nobody knows. */
export function readsProvenance(projections: Projections): boolean {
  return provenance.some((member) => mayRead(projections, ["context", member]));
}

/** Whether a policy may read what the session has done, also when it asks what a caller may see. True when nobody knows. */
export function readsHistory(projections: Projections): boolean {
  const asked = [...entrypoints, "sallyport/main/visible"];
  return ["calls", "history"].some((member) => mayRead(projections, ["context", "session", member], asked));
}

/** Whether a policy may read how risky a call is. True when nobody knows. */
export function readsRisk(projections: Projections): boolean {
  return mayRead(projections, ["context", "risk"]);
}

function mayRead(projections: Projections, path: readonly string[], asked = entrypoints): boolean {
  return asked.some((name) => {
    const projection = projections[name];
    return projection === undefined || readTrees(projection).some((tree) => covers(tree, path));
  });
}

function readTrees({ always, dispatched, guarded }: Projection): ReadTree[] {
  const targets = dispatched.flatMap(({ by, targets }) => treesBelow(targets, by.length));
  return [always, ...targets, ...guarded.map(({ reads }) => reads)];
}

function treesBelow(targets: DispatchTargets, levels: number): ReadTree[] {
  const below = Object.values(targets);
  return levels > 1
    ? below.flatMap((target) => treesBelow(target as DispatchTargets, levels - 1))
    : (below as readonly ReadTree[]).slice();
}

function covers(tree: ReadTree, path: readonly string[]): boolean {
  let at: ReadTree | undefined = tree;
  for (const member of path) {
    if (at === true) return true;
    at = at?.[member];
  }
  return at !== undefined;
}
