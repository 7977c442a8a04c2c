import { Drafts } from "../../../../console/src/state/drafts.ts";

function written(): Drafts {
  const drafts = new Drafts();
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
  drafts.clear();
  expect(drafts.isEmpty).toBe(true);
});
