import type { KeptEntry } from "../../../../gateway/bundles/history/history-file.ts";
import { entryBefore, entryNamed, mostRecent, withEntry } from "../../../../gateway/bundles/history/history-entries.ts";

/** Each entry as `revision`, `revision by somebody` or `pin revision`. */
const entries = (...texts: string[]): KeptEntry[] =>
  texts.map((text, at) => {
    const [revision = "", by = null] = text.replace(/^pin (.*)$/, "$1 by olga").split(" by ");
    const outcome = text.startsWith("pin ") ? "pinned" : revision.startsWith("held") ? "held" : "active";
    return { at, revision, digest: `sha256:${revision}`, outcome, by, reason: null, problem: null, signed: null };
  });

test.each([
  [["one", "two", "three"], "three", "two"],
  [["one", "two", "three", "pin two"], "two", "one"],
  [["one", "two", "one"], "one", "two"],
  [["one", "two", "held-1", "pin one", "two by olga"], "two", "one"],
  [["one", "two", "pin one", "three by olga"], "three", "one"],
  [["one", "two", "pin one", "three by olga", "four"], "four", "three"],
  [["one", "two", "pin one", "three by olga", "four", "pin three"], "three", "one"],
  [["one", "two", "three", "pin one", "pin three"], "three", "one"],
])("of %j the one before %s is %s", (texts, active, wanted) => {
  expect(entryBefore(entries(...texts), `sha256:${active}`).revision).toBe(wanted);
});

test("a revision is named whole, or by enough of its beginning when no other begins so", () => {
  const kept = entries("0123456789aa", "0123456789ab", "aaaaaaaaaaaa");
  expect(entryNamed(kept, "0123456789ab").revision).toBe("0123456789ab");
  expect(entryNamed(kept, "aaaaaaaa").revision).toBe("aaaaaaaaaaaa");
  expect(() => entryNamed(kept, "0123456789")).toThrow(
    expect.objectContaining({ hint: "several revisions begin with 0123456789" }),
  );
  expect(() => entryNamed(kept, "aaaaaaa")).toThrow(expect.objectContaining({ code: "policy_revision_unknown" }));
});

const entryOf = (digest: string | null, outcome: KeptEntry["outcome"]): KeptEntry => ({
  at: 0,
  revision: digest,
  digest,
  outcome,
  by: null,
  reason: null,
  problem: null,
  signed: null,
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
