import type { KeptEntry } from "../../../../gateway/bundles/history/history-file.ts";
import { before, named } from "../../../../gateway/bundles/history/wanted-entry.ts";

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
  expect(before(entries(...texts), `sha256:${active}`).revision).toBe(wanted);
});

test("a revision is named whole, or by enough of its beginning when no other begins so", () => {
  const kept = entries("0123456789aa", "0123456789ab", "aaaaaaaaaaaa");
  expect(named(kept, "0123456789ab").revision).toBe("0123456789ab");
  expect(named(kept, "aaaaaaaa").revision).toBe("aaaaaaaaaaaa");
  expect(() => named(kept, "0123456789")).toThrow(
    expect.objectContaining({ hint: "several revisions begin with 0123456789" }),
  );
  expect(() => named(kept, "aaaaaaa")).toThrow(expect.objectContaining({ code: "policy_revision_unknown" }));
});
