import type { ReadTree } from "../../domain/projection.ts";

/** What either of the two reads. */
export function mergeTrees(one: ReadTree, other: ReadTree): ReadTree {
  if (one === true || other === true) return true;
  const merged = Object.assign(Object.create(null), one) as Record<string, ReadTree>;
  for (const name of Object.keys(other)) {
    const [known, more] = [merged[name], other[name] as ReadTree];
    merged[name] = known === undefined ? more : mergeTrees(known, more);
  }
  return merged;
}
