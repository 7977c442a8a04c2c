import type { KeptEntry } from "../../../../gateway/bundles/history/history-file.ts";
import { mostRecent, withEntry } from "../../../../gateway/bundles/history/kept-entries.ts";

const entryOf = (digest: string | null, outcome: KeptEntry["outcome"]): KeptEntry => ({
  ...{ at: 0, revision: digest, digest, outcome, by: null, reason: null, problem: null, signed: null },
});

test("many edits that were refused or held push out nothing that was active", () => {
  let entries: readonly KeptEntry[] = [entryOf("one", "active"), entryOf("one", "pinned")];
  for (let count = 0; count < 250; count += 1)
    for (const outcome of ["refused", "held"] as const)
      entries = withEntry(entries, entryOf(outcome === "refused" ? null : `held-${count}`, outcome));
  expect(entries.slice(0, 2).map(({ outcome }) => outcome)).toEqual(["active", "pinned"]);
  expect(entries).toHaveLength(202);
  expect(entries.at(-1)?.digest).toBe("held-249");
});

test("keeps so many that were active, as many that were held, and the pinned one", () => {
  const digests = ["a", "b", "c", "b"].map((digest) => entryOf(digest, "active"));
  const held = ["d", "e", "f"].map((digest) => entryOf(digest, "held"));
  const pin = { revision: "a", digest: "a", since: 0, by: "olga", reason: null, signed: null };
  const entries = [...digests, ...held, entryOf(null, "refused")];
  expect([...mostRecent({ entries, pin: null }, 2)].sort()).toEqual(["b", "c", "e", "f"]);
  expect([...mostRecent({ entries, pin }, 2)].sort()).toEqual(["a", "b", "c", "e", "f"]);
});
