import { isDeepStrictEqual } from "node:util";
import { unaskedKinds, type UnaskedKind } from "../../domain/policy-change.ts";
import { valueAtSteps } from "../../lib/json.ts";
import type { Archive } from "./archive.ts";

type Compared = Pick<Archive, "unasked" | "data">;

/**
 * Which rules that no recorded decision asks differ between two policies, or the data that they read. All of them, where a manifest does not
 * say which they are.
 */
export function unaskedDifferences(before: Compared, after: Compared): UnaskedKind[] {
  const { unasked: old } = before;
  const { unasked: now } = after;
  if (old === null || now === null) return [...unaskedKinds];
  const [oldData, newData] = [before.data, after.data];
  return unaskedKinds.filter((kind) => {
    if (old[kind].modules !== now[kind].modules || !isDeepStrictEqual(old[kind].data, now[kind].data)) return true;
    return now[kind].data.some((path) => !isDeepStrictEqual(valueAtSteps(oldData, path), valueAtSteps(newData, path)));
  });
}
