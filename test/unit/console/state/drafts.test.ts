import { Drafts } from "../../../../console/src/state/drafts.ts";

const minute = 60_000;
let now = 0;
let kept: Map<string, string>;
beforeEach(() => void (kept = new Map()));

/** Of a page in the tab that `kept` is the storage of. */
function page(): Drafts {
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
    key: (at: number) => [...kept.keys()][at] ?? null,
    get length() {
      return kept.size;
    },
  };
  return new Drafts(
    () => storage,
    () => now,
  );
}

function written(): Drafts {
  const drafts = page();
  drafts.writtenBy("ann");
  drafts.keep("sha256:1", "It is a fraud");
  return drafts;
}

test("what a person wrote is there for each call by itself until it is sent or emptied", () => {
  const drafts = written();
  expect([drafts.of("sha256:1"), drafts.of("sha256:2"), drafts.isEmpty]).toEqual(["It is a fraud", "", false]);
  drafts.keep("sha256:2", "No");
  drafts.keep("sha256:2", " ");
  drafts.drop("sha256:1");
  expect([drafts.of("sha256:2"), drafts.isEmpty]).toEqual(["", true]);
});

test("the same person finds it after signing in again, another person does not", () => {
  const drafts = written();
  drafts.writtenBy("ann");
  expect(drafts.of("sha256:1")).toBe("It is a fraud");
  drafts.writtenBy("bob");
  expect(drafts.isEmpty).toBe(true);
  drafts.writtenBy("ann");
  expect(drafts.of("sha256:1")).toBe("");
});

test("nothing is left once it is cleared", () => {
  const drafts = written();
  drafts.leave("sha256:1", "It is a fraud");
  drafts.leave("sha256:2", "No");
  kept.set("theme", "dark");
  drafts.clear();
  expect([drafts.isEmpty, [...kept.keys()]]).toEqual([true, ["theme"]]);
});

test.each([
  ["the same person", "ann", 9, "It is a fraud"],
  ["another person", "bob", 1, ""],
  ["the same person after ten minutes", "ann", 10, ""],
])("what was left for a sign-in at a provider is there once for %s", (_who, person, minutes, text) => {
  written().leave("sha256:1", "It is a fraud");
  const back = page();
  back.writtenBy(person);
  now += minutes * minute;
  back.takeLeft("sha256:1");
  expect([back.of("sha256:1"), kept.size]).toEqual([text, 0]);
  back.drop("sha256:1");
  back.takeLeft("sha256:1");
  expect(back.of("sha256:1")).toBe("");
});
